/** What a person would check of a membership. Rules have facts, region circles have counts; anything else is shown as it is. */
import { useTexts } from "./texts.js";

interface Fact {
  readonly what: string;
  readonly found?: number;
  readonly asked?: number;
  readonly days?: readonly string[];
}

const DAYS_SHOWN = 6;

export function Evidence({ evidence }: { evidence: unknown }) {
  if (typeof evidence !== "object" || evidence === null) return <p>{String(evidence)}</p>;
  const { facts, ...counts } = evidence as Readonly<Record<string, unknown>>;
  return (
    <div class="evidence">
      {Array.isArray(facts) && (
        <ul>
          {facts.filter(isFact).map((fact) => (
            <li key={fact.what}>
              <FactLine fact={fact} />
            </li>
          ))}
        </ul>
      )}
      <dl>
        {Object.entries(counts).map(([name, value]) => (
          <div key={name}>
            <dt>{name.replaceAll("_", " ")}</dt>
            <dd>{typeof value === "object" ? JSON.stringify(value) : String(value)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function FactLine({ fact: { what, found, asked, days = [] } }: { fact: Fact }) {
  const texts = useTexts();
  const counts = found === undefined || asked === undefined ? "" : `: ${texts.say("foundOf", { found, asked })}`;
  const shown = days.slice(-DAYS_SHOWN).map((day) => texts.calendarDay(day));
  return (
    <>
      {what}
      {counts}
      {shown.length > 0 && <span class="quiet"> {`${days.length > shown.length ? "… " : ""}${shown.join(", ")}`}</span>}
    </>
  );
}

function isFact(value: unknown): value is Fact {
  return typeof value === "object" && value !== null && typeof (value as { what?: unknown }).what === "string";
}
