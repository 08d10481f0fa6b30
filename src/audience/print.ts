/** From an expression to its text; `parse.ts` reads the same expression from it again. */
import {
  type Expression,
  isLeaf,
  isMembership,
  type Leaf,
  type MembershipLeaf,
  type Place,
  type PresenceLeaf,
} from "./expression.js";
import { nameText } from "./tokens.js";

/** The text form. Equal expressions have equal texts, so the text of a leaf is its key. */
export function printAudience(expression: Expression): string {
  if (isLeaf(expression)) return printLeaf(expression);
  if ("not" in expression) return `not ${inner(expression.not)}`;
  if ("all" in expression) return expression.all.map(inner).join(" and ");
  if ("any" in expression) return expression.any.map(inner).join(" or ");
  return `${expression.atLeast} of (${expression.of.map(printAudience).join(", ")})`;
}

/** What stands among others; `and` and `or` get brackets, so that what was grouped stays grouped. */
function inner(expression: Expression): string {
  const text = printAudience(expression);
  return "all" in expression || "any" in expression ? `(${text})` : text;
}

export function printLeaf(leaf: Leaf): string {
  if (isMembership(leaf)) return [memberOf(leaf), ...qualifiers(leaf)].join(" ");
  return "at" in leaf ? printPresence(leaf) : printDevices(leaf.devices);
}

function memberOf(leaf: MembershipLeaf): string {
  if ("circle" in leaf) return nameText(leaf.circle);
  return `${leaf.kind} in ${regionText(leaf.region)}`;
}

/** The ids of regions are often numbers; after `in` a number is a name. */
function regionText(region: string): string {
  return /^\d+$/.test(region) ? region : nameText(region);
}

function qualifiers(leaf: MembershipLeaf): string[] {
  const texts: string[] = [];
  if (leaf.scoreMin !== undefined) texts.push(`score >= ${leaf.scoreMin}`);
  if (leaf.seenWithinDays !== undefined) texts.push(`seen within ${daysText(leaf.seenWithinDays)}`);
  if (leaf.memberWithinDays !== undefined) texts.push(`member within ${daysText(leaf.memberWithinDays)}`);
  if (leaf.memberForDays !== undefined) texts.push(`member for ${daysText(leaf.memberForDays)}`);
  return texts;
}

function printPresence({ at, from, to, withinDays, minutesMin }: PresenceLeaf): string {
  const when = withinDays === undefined ? `between ${from} and ${to}` : `within ${daysText(withinDays)}`;
  const length = minutesMin === undefined ? "" : ` for ${minutesMin} ${minutesMin === 1 ? "minute" : "minutes"}`;
  return `at ${placeText(at)} ${when}${length}`;
}

function printDevices(devices: readonly string[]): string {
  return devices.length === 1 ? `device ${devices[0]}` : `device in (${devices.join(", ")})`;
}

function placeText(place: Place): string {
  if ("venue" in place) return `venue ${regionText(place.venue)}`;
  if ("region" in place) return `region ${regionText(place.region)}`;
  return "cell" in place ? `cell ${regionText(place.cell)}` : `category ${place.category}`;
}

function daysText(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}
