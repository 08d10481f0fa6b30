import { type CompiledCircle, type CompiledRules, compiledRules, ruleOf } from "../circle/compile-rules.js";
import { type Explanation, explain } from "../circle/explain.js";
import { explainRegion, regionKind } from "../circle/explain-region.js";
import { REGION_CIRCLE_KINDS, type RegionCircleKind } from "../circle/region-circle-names.js";
import { scoresOf } from "../circle/rule-circles.js";
import { ruleClauses } from "../circle/rule-words.js";
import { Retelling, type Retold, rowOf, type StoredLife } from "../circle/stored-life.js";
import { dateOf } from "../circle/window.js";
import { derivationOptions } from "../config/derivation.js";
import type { Config } from "../config/schema.js";
import type { LoadedCity } from "../geo/load.js";
import type { DerivationOptions } from "../partition.js";
import { nearestName } from "../signal/nearest-name.js";
import { UserError } from "../signal/user-error.js";
import type { StoreClient } from "../store/client.js";
import { countPortraits, readLife, rowsOf } from "../store/read-lives.js";
import { type Calendar, createCalendar } from "../time/calendar.js";
import { openCity } from "./city.js";
import { findStore, storeAddress } from "./find-store.js";
import { pseudonymOf } from "./pseudonym.js";
import { whyText } from "./why-text.js";

export interface WhyCommand {
  readonly config: Config;
  /** A decimal pseudonym, or a raw identity. */
  readonly subscriber: string;
  readonly raw: boolean;
  readonly circle: string;
  readonly json: boolean;
}

export interface HistoryEntry {
  readonly date: string;
  readonly change: string;
  readonly score: number;
}

/** What the store says of the membership; null where there is none. */
export interface HeldMembership {
  readonly score: number;
  readonly since: string;
  readonly seen: string;
}

/** What `why --json` prints. */
export interface WhyReport extends Explanation {
  readonly subscriber: string;
  readonly circle: string;
  readonly dimension: string;
  readonly name: string | null;
  readonly says: string;
  readonly isIn: boolean;
  readonly membership: HeldMembership | null;
  readonly enter: number;
  readonly leave: number;
  /** Last city day that the engine evaluated, and the first that counted. */
  readonly day: string;
  readonly firstDay: string;
  readonly heardDays: number;
  readonly history: readonly HistoryEntry[];
  readonly notes: readonly string[];
}

/** A stored score is told anew when it has moved by 0.02, and its state is kept in 1/255. */
const SCORE_STEP = 0.03;
/** That of a region circle is told anew every third day. */
const REGION_SCORE_STEP = 0.1;

/** `lifecircle why`: explains why somebody is in a circle, or is not. Throws UserError for what is not known. */
export async function runWhy(command: WhyCommand): Promise<WhyReport> {
  const { config, circle } = command;
  // What is doubtful in a city was told when it was replayed.
  const city = await openCity(config.geo.dir, () => undefined);
  const options = derivationOptions(config);
  const rules = compiledRules(options.rules, city);
  expectCircle(circle, rules, city, config);
  const subscriber = command.raw ? await pseudonymOf(command.subscriber, config, true) : command.subscriber;
  const calendar = createCalendar(city.timeZone, city.holidays);
  const store = await findStore(storeAddress(config));
  try {
    const life = await readLife(store.client, subscriber, { days: rules.windowDays });
    if (life === null) throw await unknownSubscriber(store.client);
    expectCells(life, city, config);
    const held = await membershipOf(store.client, subscriber, circle, calendar);
    const history = await historyOf(store.client, subscriber, circle, calendar);
    const report = reportOf({ command, city, options, rules, calendar, life, held, history });
    process.stdout.write(command.json ? `${JSON.stringify(report)}\n` : whyText(report, calendar));
    return report;
  } finally {
    await store.close();
  }
}

interface Question {
  readonly command: WhyCommand;
  readonly city: LoadedCity;
  readonly options: DerivationOptions;
  readonly rules: CompiledRules;
  readonly calendar: Calendar;
  readonly life: StoredLife;
  readonly held: HeldMembership | null;
  readonly history: readonly HistoryEntry[];
}

function reportOf(question: Question): WhyReport {
  const { command, city, options, rules, calendar, life, held, history } = question;
  const { circle } = command;
  const { anchors } = options;
  const retold = new Retelling({ city, calendar, anchors, windowDays: rules.windowDays }).tell(life);
  const kind = regionKind(circle);
  const found = rules.circles.find(({ id }) => id === circle);
  const explained =
    kind !== null ? regionReport(question, kind, retold) : ruleReport(question, found as CompiledCircle, retold);
  const { window } = retold.portrait;
  return {
    subscriber: life.subscriber,
    circle,
    ...explained,
    isIn: held !== null,
    membership: held,
    day: dateOf(window.lastDay),
    firstDay: dateOf(window.firstDay),
    heardDays: life.portrait.observedDays,
    history,
    notes: notesOf(explained, held, kind === null && found?.countsVisits === true, life, dateOf(window.lastDay)),
  };
}

type Explained = Explanation & Pick<WhyReport, "dimension" | "name" | "says" | "enter" | "leave">;

function regionReport(
  { command, city, options }: Question,
  kind: RegionCircleKind,
  { life, anchors }: Retold,
): Explained {
  const region = { city, life, anchors, options: options.circles, anchorOptions: options.anchors };
  return { dimension: "region", name: null, ...explainRegion(region, kind, command.circle) };
}

function ruleReport({ city, options, rules }: Question, circle: CompiledCircle, { portrait }: Retold): Explained {
  const rule = ruleOf(options.rules, city, circle.id);
  if (rule === null) throw new Error(`${circle.id} was compiled from no rule`);
  scoresOf(rules, portrait);
  const { dimension, says, enter, leave } = circle;
  const explanation = explain(circle, ruleClauses(rule, options.rules), portrait);
  return { dimension, name: rule.name ?? null, says, enter, leave, ...explanation };
}

function notesOf(
  { score, enter, leave, dimension }: Explained,
  held: HeldMembership | null,
  countsVisits: boolean,
  { portrait }: StoredLife,
  day: string,
): string[] {
  const notes: string[] = [];
  const now = score.toFixed(2);
  if (held === null && score >= enter && dimension !== "region")
    notes.push(
      `the score at the close of ${day} is ${now} by the rules and the city as they are now, enough to enter: one of them has changed since`,
    );
  if (held !== null && Math.abs(held.score - score) > (dimension === "region" ? REGION_SCORE_STEP : SCORE_STEP)) {
    const isSilent = countsVisits && score < leave;
    notes.push(
      isSilent
        ? `the score is ${now} by now: the membership stays as it was told, since ${portrait.silentDays} silent days in the window say nothing against it`
        : `the score at the close of ${day} is ${now} by the rules and the city as they are now: the stored one is older, or was found with others`,
    );
  }
  return notes;
}

function expectCircle(circle: string, { circles }: CompiledRules, city: LoadedCity, config: Config): void {
  if (circles.some(({ id }) => id === circle)) return;
  const kind = regionKind(circle);
  const where = kind === null ? "" : circle.slice(kind.length + 1);
  if (kind !== null && (city.regions.id.includes(where) || rowOf(city, where, 0) >= 0)) return;
  const names = [
    ...circles.map(({ id }) => id),
    ...REGION_CIRCLE_KINDS.flatMap((one) => city.regions.id.map((region) => `${one}:${region}`)),
  ];
  const meant = nearestName(circle, names) ?? names.find((name) => circle !== "" && name.includes(circle));
  const known = [...circles.map(({ id }) => id), "home:REGION", "day:REGION", "active:REGION"].join(", ");
  throw new UserError(
    `there is no circle ${JSON.stringify(circle)} in ${config.circles.rulesFile} and the city ${config.geo.dir}`,
    meant === undefined ? `give one of ${known}` : `did you mean ${meant}? There are ${known}`,
  );
}

/** The text that was given may be a raw id, so that it is not repeated. */
async function unknownSubscriber(client: StoreClient): Promise<UserError> {
  if ((await countPortraits(client)) === 0)
    return new UserError("the store is empty: nobody was evaluated yet", "replay signalling into it first");
  return new UserError(
    "the store knows no such subscriber",
    "give the pseudonym as the tables show it, or --raw with the id as it stands in the signalling",
  );
}

/** Another city would explain nothing. */
export function expectCells({ portrait }: StoredLife, city: LoadedCity, config: Config): void {
  const names = portrait.places.flatMap(({ cells }) => cells.map(({ cell }) => cell));
  if (names.length === 0 || names.some((name) => rowOf(city, name, 0) >= 0)) return;
  throw new UserError(
    `the city ${config.geo.dir} has none of the cells of this subscriber`,
    "give the city folder that the data were replayed with: --geo DIR",
  );
}

async function membershipOf(
  client: StoreClient,
  subscriber: string,
  circle: string,
  calendar: Calendar,
): Promise<HeldMembership | null> {
  const query = `SELECT score, toUnixTimestamp(since), toUnixTimestamp(seen) FROM memberships
WHERE subscriber = {subscriber:UInt64} AND circle = {circle:String}`;
  for await (const [score, since, seen] of rowsOf(client, query, { subscriber, circle }))
    return {
      score: Number(score),
      since: dateOf(calendar.day(Number(since))),
      seen: dateOf(calendar.day(Number(seen))),
    };
  return null;
}

async function historyOf(
  client: StoreClient,
  subscriber: string,
  circle: string,
  calendar: Calendar,
): Promise<HistoryEntry[]> {
  const query = `SELECT toUnixTimestamp(time), toString(change), score FROM membership_log
WHERE subscriber = {subscriber:UInt64} AND circle = {circle:String} ORDER BY time`;
  const history: HistoryEntry[] = [];
  // A day is closed at the first instant of the next one.
  for await (const [time, change, score] of rowsOf(client, query, { subscriber, circle }))
    history.push({ date: dateOf(calendar.day(Number(time) - 1)), change: String(change), score: Number(score) });
  return history;
}
