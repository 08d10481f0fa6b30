/** What is known of one subscriber (全景视图): places, circles with evidence, a week, what changed. */
import { useState } from "preact/hooks";
import type { Client } from "../src/http/client.js";
import { Bar } from "./charts.js";
import { circleTitle } from "./circle-title.js";
import { Evidence } from "./evidence.js";
import { useTexts } from "./texts.js";

export type Panorama = Awaited<ReturnType<Client["getSubscriber"]>>;

const DIMENSIONS = ["region", "demographic", "preference", "behaviour"] as const;
const CHANGES_SHOWN = 10;
const MEMBERSHIPS_SHOWN = 7;

export function PanoramaView({ person }: { person: Panorama }) {
  const texts = useTexts();
  const { words } = texts;
  return (
    <article class="panorama">
      <h3>
        <code>{person.subscriber}</code>
        {person.asOf !== null && <span class="quiet"> {texts.say("asOf", { time: texts.time(person.asOf) })}</span>}
      </h3>
      <div class="columns">
        <div>
          <h4>{words.anchors}</h4>
          <Anchors anchors={person.anchors} />
        </div>
        <div>
          <h4>{words.week}</h4>
          <p class="quiet">{words.weekSays}</p>
          <Week week={person.week} />
        </div>
        <div>
          <h4>{words.changes}</h4>
          <History history={person.history} />
        </div>
      </div>
      <h4>{words.circlesOf}</h4>
      <div class="columns four">
        {DIMENSIONS.map((dimension) => (
          <div key={dimension}>
            <h5>{words[dimension]}</h5>
            <Memberships memberships={person.circles[dimension]} />
          </div>
        ))}
      </div>
    </article>
  );
}

function Anchors({ anchors }: Pick<Panorama, "anchors">) {
  const texts = useTexts();
  if (anchors.length === 0) return <p class="quiet">{texts.words.noAnchors}</p>;
  return (
    <ul class="anchors">
      {anchors.map((anchor) => (
        <li key={`${anchor.kind} ${anchor.rank}`}>
          <span class={`pin ${anchor.kind}`} aria-hidden="true" />
          <strong>{texts.words[anchor.kind]}</strong>
          <span>{[anchor.venue, anchor.category, anchor.region].filter((part) => part !== "").join(" · ")}</span>
          <span class="quiet">
            {texts.say("anchorOf", { share: texts.percent(anchor.share), days: anchor.days })};{" "}
            {texts.say("confidence", { share: texts.percent(anchor.confidence) })}
          </span>
        </li>
      ))}
    </ul>
  );
}

const KINDS = ["home", "day", "other"] as const;
const DAY_HOURS = 24;

/** A bar a weekday, of 24 hours; the table in words is for who does not see it. */
function Week({ week }: Pick<Panorama, "week">) {
  const texts = useTexts();
  return (
    <>
      <ul class="week">
        {week.map((weekday) => (
          <li key={weekday.weekday}>
            <span class="name">{texts.weekday(weekday.weekday)}</span>
            <svg viewBox={`0 0 ${DAY_HOURS} 1`} preserveAspectRatio="none" role="img" aria-label={hoursText(weekday)}>
              <rect class="ground" width={DAY_HOURS} height="1" />
              {KINDS.map((kind, i) => {
                const before = KINDS.slice(0, i).reduce((sum, other) => sum + weekday[other], 0);
                return <rect key={kind} class={kind} x={before} width={weekday[kind]} height="1" />;
              })}
            </svg>
          </li>
        ))}
      </ul>
      <p class="legend">
        {KINDS.map((kind) => (
          <span key={kind}>
            <span class={`pin ${kind}`} aria-hidden="true" /> {texts.words[kind]}
          </span>
        ))}
      </p>
    </>
  );

  function hoursText(weekday: Panorama["week"][number]): string {
    return KINDS.map((kind) => `${texts.words[kind]} ${texts.say("hours", { hours: weekday[kind] })}`).join(", ");
  }
}

function Memberships({ memberships }: { memberships: Panorama["circles"]["region"] | undefined }) {
  const texts = useTexts();
  const [isOpen, setOpen] = useState(false);
  if (memberships === undefined || memberships.length === 0) return <p class="quiet">{texts.words.noCircles}</p>;
  const shown = isOpen ? memberships : memberships.slice(0, MEMBERSHIPS_SHOWN);
  return (
    <>
      <ul class="memberships">
        {shown.map(({ circle, name, score, since, evidence }) => (
          <li key={circle}>
            <div class="row">
              <span class="name" title={circle}>
                {circleTitle(texts, { circle, name })}
              </span>
              <Bar share={score} />
              <span class="people">{texts.percent(score)}</span>
            </div>
            <details>
              <summary>
                {texts.words.since} {texts.date(since)}, {texts.words.evidence}
              </summary>
              <Evidence evidence={evidence} />
            </details>
          </li>
        ))}
      </ul>
      {shown.length < memberships.length && (
        <button type="button" class="more" onClick={() => setOpen(true)}>
          {texts.say("showAll", { count: memberships.length })}
        </button>
      )}
    </>
  );
}

function History({ history }: Pick<Panorama, "history">) {
  const texts = useTexts();
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen ? history : history.slice(0, CHANGES_SHOWN);
  return (
    <>
      <ol class="history">
        {shown.map(({ time, circle, name, change, score }) => (
          <li key={`${time} ${circle} ${change}`} class={change}>
            <time datetime={time}>{texts.date(time)}</time>
            <span class="name" title={circle}>
              {circleTitle(texts, { circle, name })}
            </span>
            <span>
              {texts.words[change]} <span class="quiet">{texts.percent(score)}</span>
            </span>
          </li>
        ))}
      </ol>
      {shown.length < history.length && (
        <button type="button" class="more" onClick={() => setOpen(true)}>
          {texts.say("showAll", { count: history.length })}
        </button>
      )}
    </>
  );
}
