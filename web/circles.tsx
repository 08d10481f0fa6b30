/** The circles by dimension, greatest first, each with its size. */
import { useState } from "preact/hooks";
import type { Client } from "../src/http/client.js";
import { type Answered, useAnswer } from "./answers.js";
import { Bar } from "./charts.js";
import { circleRule, circleTitle } from "./circle-title.js";
import { Trouble } from "./notes.js";
import { useTexts } from "./texts.js";

export type Catalogue = Awaited<ReturnType<Client["listCircles"]>>;
export type Circle = Catalogue["circles"][number];

const EVERY_MS = 10_000;
const PAGE = 1000;
/** What a marketer looks for comes first; circles of regions are many, and the map shows them too. */
const DIMENSIONS = ["demographic", "preference", "behaviour", "region"] as const;
/** Of a dimension, until somebody asks for all. */
const SHOWN = 9;

export function useCatalogue(client: Client): Answered<Catalogue> {
  return useAnswer(() => allCircles(client), [client], EVERY_MS);
}

async function allCircles(client: Client): Promise<Catalogue> {
  let page = await client.listCircles({ query: { limit: PAGE } });
  const circles = [...page.circles];
  while (page.next !== null) {
    page = await client.listCircles({ query: { limit: PAGE, cursor: page.next } });
    circles.push(...page.circles);
  }
  return { ...page, circles };
}

interface CirclesProps {
  readonly catalogue: Answered<Catalogue>;
  readonly onChoose: (circle: string) => void;
}

export function Circles({ catalogue: { value, error }, onChoose }: CirclesProps) {
  const texts = useTexts();
  const { words } = texts;
  const [filter, setFilter] = useState("");
  const wanted = filter.trim().toLowerCase();
  const found = (value?.circles ?? []).filter((one) =>
    `${one.circle} ${one.name ?? ""} ${circleTitle(texts, one)}`.toLowerCase().includes(wanted),
  );
  const isEmpty = value?.circles.every(({ people }) => people === null) === true;
  return (
    <>
      <label class="filter">
        <span class="hidden">{words.filter}</span>
        <input
          type="search"
          value={filter}
          placeholder={words.filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      </label>
      {error !== null && <Trouble error={error} />}
      {value === null && error === null && <p class="quiet">{words.loading}</p>}
      {isEmpty && <p class="note">{words.circlesNone}</p>}
      {value !== null && found.length === 0 && <p class="note">{words.filterNone}</p>}
      {DIMENSIONS.map((dimension) => (
        <Dimension
          key={dimension}
          dimension={dimension}
          circles={found.filter((circle) => circle.dimension === dimension)}
          least={(value?.peopleMin ?? 0) * 2}
          isWhole={wanted !== ""}
          onChoose={onChoose}
        />
      ))}
    </>
  );
}

interface DimensionProps {
  readonly dimension: (typeof DIMENSIONS)[number];
  readonly circles: readonly Circle[];
  readonly least: number;
  readonly isWhole: boolean;
  readonly onChoose: (circle: string) => void;
}

function Dimension({ dimension, circles, least, isWhole, onChoose }: DimensionProps) {
  const { words, say } = useTexts();
  const [isOpen, setOpen] = useState(false);
  if (circles.length === 0) return null;
  const sorted = circles.toSorted((a, b) => (b.people ?? 0) - (a.people ?? 0));
  const greatest = sorted[0]?.people ?? 0;
  const told = sorted.filter(({ people }) => people !== null);
  const few = sorted.filter(({ people }) => people === null);
  const shown = isOpen || isWhole ? told : told.slice(0, SHOWN);
  return (
    <div class="dimension">
      <h3>{words[dimension]}</h3>
      <ul class="circles">
        {shown.map((circle) => (
          <CircleRow key={circle.circle} circle={circle} greatest={greatest} onChoose={onChoose} />
        ))}
      </ul>
      {shown.length < told.length && (
        <button type="button" class="more" onClick={() => setOpen(true)}>
          {say("showAll", { count: told.length })}
        </button>
      )}
      {few.length > 0 && <Few circles={few} least={least} onChoose={onChoose} />}
    </div>
  );
}

/** Circles whose number is not told, in little room. */
function Few({ circles, least, onChoose }: Pick<DimensionProps, "circles" | "least" | "onChoose">) {
  const texts = useTexts();
  return (
    <p class="fews" title={texts.say("tooFewWhy", { least })}>
      <span class="quiet">{texts.words.tooFew}:</span>
      {circles.map((circle) => (
        <button
          key={circle.circle}
          type="button"
          title={circleRule(texts, circle)}
          onClick={() => onChoose(circle.circle)}
        >
          {circleTitle(texts, circle)}
        </button>
      ))}
    </p>
  );
}

interface CircleRowProps {
  readonly circle: Circle;
  readonly greatest: number;
  readonly onChoose: (circle: string) => void;
}

function CircleRow({ circle, greatest, onChoose }: CircleRowProps) {
  const texts = useTexts();
  const { people } = circle;
  return (
    <li>
      <button type="button" class="circle" onClick={() => onChoose(circle.circle)} title={circleRule(texts, circle)}>
        <span class="name">{circleTitle(texts, circle)}</span>
        <Bar share={people === null || greatest === 0 ? 0 : people / greatest} />
        <span class="people">{people === null ? "" : texts.number(people)}</span>
        <Change circle={circle} />
      </button>
    </li>
  );
}

/** The difference to a week ago, where both may be told. */
export function Change({ circle: { people, peopleWeekAgo } }: { circle: Pick<Circle, "people" | "peopleWeekAgo"> }) {
  const texts = useTexts();
  if (people === null || peopleWeekAgo === null) return <span class="change" />;
  const change = people - peopleWeekAgo;
  const sense = change === 0 ? "same" : change > 0 ? "up" : "down";
  return (
    <span class={`change ${sense}`} title={texts.words.weekAgo}>
      {change === 0 ? "±0" : texts.signed(change)}
    </span>
  );
}
