/** What the engine does now: throughput, what waits, how far the time has come, what was refused. Nothing here is about people. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Answered, askMetrics, useAnswer } from "./answers.js";
import { Spark } from "./charts.js";
import { Trouble } from "./notes.js";
import { type Pulse, rateOver, ratesOf, readPulse } from "./prometheus.js";
import { useTexts } from "./texts.js";
import type { Words } from "./words.js";

const EVERY_MS = 2000;
const KEPT_MAX = 91;
/** The number shown is a mean over so long; the line beside it shows each step. */
const MEAN_MS = 10_000;
const REASONS_SHOWN = 3;

function useHistory(key: string): Answered<readonly Pulse[]> {
  const { value, error } = useAnswer(async () => readPulse(await askMetrics(key), Date.now()), [key], EVERY_MS);
  const [history, setHistory] = useState<readonly Pulse[]>([]);
  useEffect(() => {
    if (value !== null) setHistory((before) => [...before, value].slice(-KEPT_MAX));
  }, [value]);
  return { value: history.length === 0 ? null : history, error };
}

export function PulseStrip({ accessKey }: { accessKey: string }) {
  const texts = useTexts();
  const { value: history, error } = useHistory(accessKey);
  const pulse = history?.at(-1);
  return (
    <section class="pulse" aria-label={texts.words.pulse}>
      {pulse?.alarms.map((alarm) => (
        <p key={alarm} class="alarm" role="alert">
          {texts.words[`alarm_${alarm}` as keyof Words] ?? alarm}
        </p>
      ))}
      {error !== null && <Trouble error={error} />}
      {history !== null && pulse !== undefined && <Figures history={history} pulse={pulse} />}
      {pulse === undefined && error === null && <p class="quiet">{texts.words.loading}</p>}
    </section>
  );
}

function Figures({ history, pulse }: { history: readonly Pulse[]; pulse: Pulse }) {
  const texts = useTexts();
  const { words } = texts;
  const rate = rateOver(history, MEAN_MS);
  // Before the first event, and where only the API runs: it holds nobody, whatever the store knows.
  const isEmpty = pulse.events === 0 && pulse.subscribers === 0;
  return (
    <dl class="figures">
      <Figure
        name={words.eventsASecond}
        value={rate === null ? "–" : texts.short(Math.round(rate))}
        says={texts.say("sinceStart", { count: texts.short(pulse.events) })}
      >
        <Spark values={ratesOf(history)} label={words.eventsASecond} />
      </Figure>
      <Figure
        name={words.waiting}
        value={pulse.events === 0 ? "–" : texts.short(pulse.waiting)}
        says={pulse.events === 0 ? words.noEvents : pulse.waiting === 0 ? words.waitingNone : words.waitingSome}
      >
        <Spark values={history.map(({ waiting }) => waiting)} label={words.waiting} />
      </Figure>
      <Watermark pulse={pulse} />
      <Rejects pulse={pulse} />
      <Figure
        name={words.subscribers}
        value={isEmpty ? "–" : texts.short(pulse.subscribers)}
        says={isEmpty ? words.noEvents : words.subscribersNow}
      />
    </dl>
  );
}

function Watermark({ pulse: { watermarkMs, atMs } }: { pulse: Pulse }) {
  const texts = useTexts();
  if (watermarkMs === null) return <Figure name={texts.words.watermark} value="–" says={texts.words.noEvents} />;
  const says = texts.say("watermarkBehind", { time: texts.span(atMs - watermarkMs) });
  return <Figure name={texts.words.watermark} value={texts.time(watermarkMs)} says={says} isLong />;
}

function Rejects({ pulse: { events, rejected } }: { pulse: Pulse }) {
  const texts = useTexts();
  const all = rejected.reduce((sum, one) => sum + one.events, 0);
  if (events === 0) return <Figure name={texts.words.rejected} value="–" says={texts.words.noEvents} />;
  if (all === 0) return <Figure name={texts.words.rejected} value="0" says={texts.words.rejectedNone} />;
  const says = texts.say("rejectedOf", { count: texts.short(all), all: texts.short(events) });
  return (
    <Figure name={texts.words.rejected} value={texts.percent(all / Math.max(all, events), 2)} says={says}>
      <ul class="reasons">
        {rejected.slice(0, REASONS_SHOWN).map(({ reason, events: count }) => (
          <li key={reason}>
            <code>{reason}</code> {texts.short(count)}
          </li>
        ))}
      </ul>
    </Figure>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly says: string;
  readonly isLong?: boolean;
  readonly children?: ComponentChildren;
}

function Figure({ name, value, says, isLong = false, children }: FigureProps) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        <span class={isLong ? "value long" : "value"}>{value}</span>
        {children}
        <span class="says">{says}</span>
      </dd>
    </div>
  );
}
