/** What the page calls a circle, and how it says its rule, in both languages. */
import type { Client } from "../src/http/client.js";
import { familiesInChinese, rulesInChinese, valuesInChinese } from "./rules-zh.js";
import type { Texts } from "./texts.js";

type Circle = Awaited<ReturnType<Client["listCircles"]>>["circles"][number];

const OF_REGION = /^(home|day|active):(.+)$/;

/** Its name for people in Chinese; in English its id says more. One of a region is called by it, and by what its members do there. */
export function circleTitle({ language, words }: Texts, { circle, name }: Pick<Circle, "circle" | "name">): string {
  const [, kind, region] = OF_REGION.exec(circle) ?? [];
  if (kind !== undefined) return `${words[kind as "home" | "day" | "active"]} · ${name ?? region}`;
  return language === "zh" ? (name ?? ofFamily(circle) ?? circle) : circle;
}

const OF_FAMILY = /^(.+[:-])([^:-]+)$/;

/** The name of one of a family that comes with Lifecircle; a genre that it does not know as it stands. */
function ofFamily(circle: string): string | null {
  const [, family, value = ""] = OF_FAMILY.exec(circle) ?? [];
  const name = familiesInChinese.get(`${family}$`);
  return name === undefined ? null : `${name} · ${valuesInChinese.get(value) ?? value}`;
}

/** Its rule in words, as the catalogue says it; of the circles that come with Lifecircle also in Chinese. */
export function circleRule(
  { language, say }: Texts,
  { circle, name, says }: Pick<Circle, "circle" | "name" | "says">,
): string | undefined {
  const [, kind, region] = OF_REGION.exec(circle) ?? [];
  if (kind !== undefined) return say(`${kind as "home" | "day" | "active"}Says`, { region: name ?? region ?? "" });
  const family = circle.replace(OF_FAMILY, "$1$$");
  const inChinese = rulesInChinese.get(circle) ?? rulesInChinese.get(family);
  return (language === "zh" ? inChinese : undefined) ?? says ?? undefined;
}
