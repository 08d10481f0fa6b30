/** The circles of the rules of everybody at the close of a day: from the state to a portrait, from the portrait to memberships. */
import type { Anchor, LifeFacts } from "../anchor/anchors.js";
import { cellName } from "../geo/cell-names.js";
import type { LoadedCity } from "../geo/load.js";
import type { Partition } from "../partition.js";
import type { KeptPlace } from "../rows.js";
import { listCells, listLength } from "../stay/cell-list.js";
import { cellRow, cellWeight, PLACE_CELL, PLACE_CELLS } from "../stay/record.js";
import type { HeardCell } from "./cell-likelihood.js";
import { knownAnchors } from "./own-anchors.js";
import { type KnownAnchor, Portrait } from "./portrait.js";
import { portraitRow } from "./portrait-row.js";
import { type RuleEvaluation, ruleEvaluation, updateRuleCircles } from "./rule-circles.js";
import { type DayWindow, dayWindow } from "./window.js";

export class CircleClose {
  private readonly partition: Partition;
  private readonly portrait: Portrait;
  private readonly evaluation: RuleEvaluation;
  private readonly window: DayWindow;

  constructor(partition: Partition, day: number, versionMs: number) {
    const { calendar, circles, rules, city, rows } = partition;
    this.partition = partition;
    this.window = dayWindow(calendar, day + 1 - rules.windowDays, day);
    this.portrait = portraitIn(city, this.window);
    this.evaluation = ruleEvaluation({
      rules,
      standings: circles.standings,
      sink: rows,
      day,
      versionMs,
      dayStartMs: (of) => calendar.dayStart(of) * 1000,
    });
  }

  /** What the places of the anchors are. */
  known(slot: number, life: LifeFacts, anchors: readonly Anchor[]): KnownAnchor[] {
    return knownAnchors(this.partition.city, life, anchors, (place) => cellsOf(this.partition, slot, place));
  }

  /** Brings the circles of a subscriber up to date. */
  update(slot: number, life: LifeFacts, anchors: readonly KnownAnchor[]): void {
    const { portrait, evaluation, window } = this;
    const { circles, city, rows, stays } = this.partition;
    fillPortrait(this.partition, portrait, slot, { life, anchors, window });
    const subscriber = {
      slot,
      subscriberHi: stays.table.hi(slot),
      subscriberLo: stays.table.lo(slot),
      silentDays: circles.silentDays(slot, evaluation.day, evaluation.rules.windowDays),
    };
    const known = {
      subscriberHi: subscriber.subscriberHi,
      subscriberLo: subscriber.subscriberLo,
      silentDays: subscriber.silentDays,
      day: evaluation.day,
      versionMs: evaluation.versionMs,
      knownUntilSec: portrait.view.latestEnd(),
      streamFirstDay: circles.firstDay,
      heard: portrait.heard,
      isForeign: portrait.isForeign,
    };
    rows.portraits.push(portraitRow(city, known, life, (place) => namedCellsOf(this.partition, slot, place)));
    updateRuleCircles(evaluation, subscriber, portrait);
  }

  /** All of a run of slots are closed: of their diaries only the window is wanted any more. */
  packDiaries(run: number): void {
    this.partition.circles.diary.pack(run, this.window.starts[0] as number);
  }
}

const OF_CITY = new WeakMap<LoadedCity, Portrait>();

/** The one portrait of a city, filled anew for each subscriber: a close is done in many slices, and its columns are large. */
function portraitIn(city: LoadedCity, window: DayWindow): Portrait {
  let portrait = OF_CITY.get(city);
  if (portrait === undefined) {
    portrait = new Portrait(city, window);
    OF_CITY.set(city, portrait);
  }
  return portrait;
}

interface PortraitParts {
  readonly life: LifeFacts;
  readonly anchors: readonly KnownAnchor[];
  readonly window: DayWindow;
}

function fillPortrait(partition: Partition, portrait: Portrait, slot: number, parts: PortraitParts): void {
  const { circles } = partition;
  const { starts } = parts.window;
  circles.diary.read(slot, starts[0] as number, starts[starts.length - 1] as number, portrait.view);
  portrait.window = parts.window;
  portrait.life = parts.life;
  portrait.heard = circles.heard(slot, portrait.window.lastDay);
  portrait.firstDay = circles.firstDay;
  portrait.isForeign = circles.isForeign(slot);
  portrait.anchors = parts.anchors;
  portrait.settle();
}

/** The cells that serve a place, heaviest first. */
function cellsOf({ stays: { table } }: Partition, slot: number, place: number): HeardCell[] {
  return listCells(table.words, table.placeWord(slot, place) + PLACE_CELL, PLACE_CELLS);
}

function namedCellsOf({ stays: { table }, city }: Partition, slot: number, place: number): KeptPlace["cells"] {
  const { words } = table;
  const at = table.placeWord(slot, place) + PLACE_CELL;
  const cells = new Array<KeptPlace["cells"][number]>(listLength(words, at, PLACE_CELLS));
  for (let c = 0; c < cells.length; c++) {
    const packed = words[at + c] as number;
    cells[c] = { cell: cellName(city, cellRow(packed)), weight: cellWeight(packed) };
  }
  return cells;
}
