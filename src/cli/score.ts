import { accessSync, constants, existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Config } from "../config/schema.js";
import type { City } from "../geo/city.js";
import type { Found, Truth } from "../score/facts.js";
import { Hearing, type ObservationLimits } from "../score/hearing.js";
import { scoreHtml } from "../score/html.js";
import { peopleOf, type ScoreReport, scoreReport } from "../score/report.js";
import { scoreText } from "../score/text.js";
import { UserError } from "../signal/user-error.js";
import { SCENARIOS } from "../simulate/scenarios.js";
import { Pseudonymiser } from "../source/pseudonym.js";
import { readTruth } from "../source/truth.js";
import { createCalendar } from "../time/calendar.js";
import { openCity } from "./city.js";
import { findStore, storeAddress } from "./find-store.js";
import { pseudonymKey } from "./pseudonym.js";
import { hearFile, readFound, signallingIn } from "./score-facts.js";

export interface ScoreCommand extends ObservationLimits {
  readonly config: Config;
  readonly truthDir: string;
  /** City folder; without it the folder of the truth, where that holds a city. */
  readonly geoDir?: string;
  readonly json: boolean;
  /** File for the report with charts. */
  readonly html?: string;
}

const DAY_MS = 86_400_000;
/** Known confounders are those of the simulator's test cities; other truths have other roles, or none. */
const CONFOUNDERS = SCENARIOS.flatMap(({ circles, confounders }) =>
  circles.map((circle) => ({ circle, roles: confounders })),
);

/** `lifecircle score`: compares the store with the truth files of a folder, which hold raw ids. Throws UserError for bad input. */
export async function runScore(command: ScoreCommand): Promise<ScoreReport> {
  const { config, truthDir, html } = command;
  if (html !== undefined) expectWritable(html);
  const store = await findStore(storeAddress(config));
  try {
    const key = await pseudonymKey(config, true);
    const pseudonymiser = new Pseudonymiser(key);
    const truth = await readTruth(truthDir, pseudonymiser);
    const city = await cityOf(command);
    const found = await readFound(store.client, config.store.url === "" ? `in ${config.data.dir}` : config.store.url);
    expectSamePeople(truth, found);
    const hearing = new Hearing(truth.stays, dayOfCity(city, truth));
    const signalling = signallingIn(truthDir);
    if (signalling === null) hearing.hearStays(found.stays);
    else await hearFile(signalling, config, pseudonymiser, hearing);
    const { observedDaysMin, eventsPerDayMin } = command;
    const limits = { observedDaysMin, eventsPerDayMin };
    const report = scoreReport({ truth, found, hearing, city, limits, confounders: CONFOUNDERS });
    if (html !== undefined) await writeFile(html, scoreHtml(report, { data: config.data.dir, truth: truthDir }));
    if (command.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else process.stderr.write(`${scoreText(report)}${html === undefined ? "" : `charts: ${html}\n`}`);
    return report;
  } finally {
    await store.close();
  }
}

/** Told before the work, not after it. */
function expectWritable(path: string): void {
  try {
    accessSync(existsSync(path) ? path : dirname(resolve(path)), constants.W_OK);
  } catch (error) {
    throw new UserError(
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? error})`,
      "make --html name a file in a folder that is there",
    );
  }
}

async function cityOf({ geoDir, truthDir }: ScoreCommand): Promise<City | null> {
  const dir = geoDir ?? (existsSync(join(truthDir, "cells.csv")) ? truthDir : null);
  // What is doubtful in a city was told when it was replayed.
  return dir === null ? null : openCity(dir, () => undefined);
}

/** The city day of an instant: by the calendar of the city, else by the offset that the truth writes its times with. */
function dayOfCity(city: City | null, { offsetMs }: Truth): (timeMs: number) => number {
  if (city === null) return (timeMs) => Math.floor((timeMs + offsetMs) / DAY_MS);
  const calendar = createCalendar(city.timeZone, city.holidays);
  return (timeMs) => calendar.day(timeMs / 1000);
}

/** With another key, or data of another city, all would be scored as wrong, which says nothing about the engine. */
function expectSamePeople(truth: Truth, found: Found): void {
  const bearers = [...truth.circles.keys()].map((subscriber) => ({ subscriber }));
  const inTruth = peopleOf(bearers, truth.anchors, truth.stays);
  const inStore = peopleOf(found.memberships, found.anchors, found.stays);
  if (inTruth.size === 0) throw new UserError("the truth names nobody", "give a folder whose truth files have rows");
  if ([...inStore].some((subscriber) => inTruth.has(subscriber))) return;
  throw new UserError(
    `none of the ${inStore.size} people of the store is in the truth`,
    "give the truth of the signalling that was replayed, and the pseudonym key that it was replayed with",
  );
}
