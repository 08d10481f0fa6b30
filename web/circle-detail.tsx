/** One circle: its size over time, where its members live, which circles they share, and, for who may, who they are. */
import { useEffect, useState } from "preact/hooks";
import type { Client } from "../src/http/client.js";
import { clientWith, useAnswer } from "./answers.js";
import { Bar, Spark } from "./charts.js";
import { circleRule, circleTitle } from "./circle-title.js";
import { Change } from "./circles.js";
import { PeopleNeedKey, Trouble } from "./notes.js";
import { PurposeField } from "./purpose-field.js";
import { useTexts } from "./texts.js";

type Detail = Awaited<ReturnType<Client["getCircle"]>>;
type Member = Awaited<ReturnType<Client["listMembers"]>>["members"][number];

const EVERY_MS = 15_000;
const DAYS = 28;
const REGIONS_SHOWN = 8;
const OVERLAPS_SHOWN = 8;
const MEMBERS_A_PAGE = 12;

interface CircleDetailProps {
  readonly client: Client;
  readonly accessKey: string;
  readonly circle: string;
  /** Of the regions to show. */
  readonly level: number;
  readonly onBack: () => void;
  readonly onChoose: (circle: string) => void;
  readonly onPerson: (subscriber: string, purpose: string) => void;
  readonly onKey: () => void;
}

export function CircleDetail({
  client,
  accessKey,
  circle,
  level,
  onBack,
  onChoose,
  onPerson,
  onKey,
}: CircleDetailProps) {
  const texts = useTexts();
  const { words } = texts;
  const question = { params: { circle }, query: { days: DAYS, level } };
  const { value, error } = useAnswer(() => client.getCircle(question), [client, circle, level], EVERY_MS);
  const detail = value?.circle === circle ? value : null;
  return (
    <article class="detail">
      <button type="button" class="back" onClick={onBack}>
        ← {words.back}
      </button>
      <h3>{detail === null ? circle : circleTitle(texts, detail)}</h3>
      {detail !== null && <p class="rule">{circleRule(texts, detail)}</p>}
      {error !== null && <Trouble error={error} />}
      {detail === null && error === null && <p class="quiet">{words.loading}</p>}
      {detail !== null && <Size detail={detail} />}
      {detail !== null && <Homes detail={detail} />}
      {detail !== null && <Overlaps detail={detail} onChoose={onChoose} />}
      <Members key={`${circle} ${accessKey}`} accessKey={accessKey} circle={circle} onPerson={onPerson} onKey={onKey} />
    </article>
  );
}

function Size({ detail }: { detail: Detail }) {
  const texts = useTexts();
  const least = detail.peopleMin * 2;
  return (
    <div class="size">
      <div>
        <span class="label">{texts.words.size}</span>
        <strong>{detail.people === null ? texts.words.tooFew : texts.number(detail.people)}</strong>
        {detail.people === null ? (
          <span class="says">{texts.say("tooFewWhy", { least })}</span>
        ) : (
          <Change circle={detail} />
        )}
      </div>
      <div>
        <span class="label">{texts.say("history", { days: DAYS })}</span>
        <Spark values={detail.history.map(({ people }) => people)} label={texts.say("history", { days: DAYS })} />
      </div>
    </div>
  );
}

function Homes({ detail: { regions } }: { detail: Detail }) {
  const texts = useTexts();
  const told = regions.flatMap(({ people, ...region }) => (people === null ? [] : [{ ...region, people }]));
  const sorted = told.toSorted((a, b) => b.people - a.people).slice(0, REGIONS_SHOWN);
  const greatest = sorted[0]?.people ?? 1;
  return (
    <>
      <h4>{texts.words.homes}</h4>
      {sorted.length === 0 && <p class="quiet">{texts.words.nothingToTell}</p>}
      <ul class="rows">
        {sorted.map(({ region, name, people }) => (
          <li key={region}>
            <span class="name">{name || region}</span>
            <Bar share={people / greatest} />
            <span class="people">{texts.number(people)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Overlaps({ detail: { overlaps }, onChoose }: { detail: Detail; onChoose: (circle: string) => void }) {
  const texts = useTexts();
  return (
    <>
      <h4>
        {texts.words.overlaps} <span class="quiet">{texts.words.shareOfMembers}</span>
      </h4>
      {overlaps.length === 0 && <p class="quiet">{texts.words.nothingToTell}</p>}
      <ul class="rows">
        {overlaps.slice(0, OVERLAPS_SHOWN).map(({ circle, name, people, share }) => (
          <li key={circle}>
            <button type="button" class="link name" onClick={() => onChoose(circle)}>
              {circleTitle(texts, { circle, name })}
            </button>
            <Bar share={share ?? 0} />
            <span class="people">{people === null || share === null ? "" : texts.percent(share)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

type MembersProps = Pick<CircleDetailProps, "accessKey" | "circle" | "onPerson" | "onKey">;

/** A list of people: only when somebody asks, and says why. */
function Members({ accessKey, circle, onPerson, onKey }: MembersProps) {
  const texts = useTexts();
  const { words } = texts;
  const [purpose, setPurpose] = useState("");
  const [members, setMembers] = useState<readonly Member[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => setError(null), [purpose]);
  const ask = async (cursor: string | null) => {
    try {
      const query = { limit: MEMBERS_A_PAGE, ...(cursor === null ? {} : { cursor }) };
      const page = await clientWith(accessKey, purpose).listMembers({ params: { circle }, query });
      setMembers((before) => (cursor === null ? page.members : [...before, ...page.members]));
      setNext(page.next);
    } catch (reason) {
      setError(reason);
    }
  };
  if (accessKey === "") return <PeopleNeedKey onKey={onKey} />;
  return (
    <form
      class="members"
      onSubmit={(event) => {
        event.preventDefault();
        void ask(null);
      }}
    >
      <PurposeField value={purpose} onChange={setPurpose} />
      <button type="submit">{words.members}</button>
      {error !== null && <Trouble error={error} />}
      <ul class="rows">
        {members.map(({ subscriber, score, since }) => (
          <li key={subscriber}>
            <button type="button" class="link name" onClick={() => onPerson(subscriber, purpose)}>
              {subscriber}
            </button>
            <Bar share={score} />
            <span class="people">{texts.date(since)}</span>
          </li>
        ))}
      </ul>
      {next !== null && (
        <button type="button" class="more" onClick={() => void ask(next)}>
          {words.membersMore}
        </button>
      )}
    </form>
  );
}
