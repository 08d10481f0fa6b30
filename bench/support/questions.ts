import type { Client } from "../../src/http/client.js";
import { START_MS } from "./traffic.js";

/** What questions are about. */
export interface Subjects {
  readonly circles: readonly string[];
  readonly subscribers: readonly string[];
  /** Newest event time in the store, epoch ms. */
  readonly newestMs: number;
}

export type OperationName = keyof Client;

type Question = (client: Client) => Promise<unknown>;

const HOUR_MS = 3_600_000;
const LEVELS = [1, 2, 3, 4];
const RESOLUTIONS = [6, 7, 8, 9];

/**
 * One question as marketers, analysts and pages ask them, of all kinds: catalogue and circles, presence now and at an hour of the past by
 * region and H3 cell, flows, audiences, panoramas and lists of members. `random` gives numbers in [0, 1).
 */
export function anyQuestion(
  { circles, subscribers, newestMs }: Subjects,
  random: () => number,
): [OperationName, Question] {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const circle = () => one(circles);
  const level = () => one(LEVELS);
  const hour = () => {
    const hours = Math.max(1, Math.floor((newestMs - START_MS) / HOUR_MS));
    const fromMs = START_MS + Math.floor(random() * hours) * HOUR_MS;
    return { from: new Date(fromMs).toISOString(), to: new Date(fromMs + HOUR_MS).toISOString() };
  };
  // Nobody asks about what is not there yet.
  const [some, known] = [Math.sign(circles.length), Math.sign(subscribers.length)];
  const kinds: readonly [number, OperationName, Question][] = [
    [15, "listCircles", (client) => client.listCircles({ query: { limit: one([50, 100, 1000]) } })],
    [10 * some, "getCircle", (client) => client.getCircle({ params: { circle: circle() }, query: { level: level() } })],
    [15, "listPresence", (client) => client.listPresence({ query: { level: level() } })],
    [10, "listPresence", (client) => client.listPresence({ query: { by: "h3", resolution: one(RESOLUTIONS) } })],
    [10, "listPresence", (client) => client.listPresence({ query: { ...hour(), level: level() } })],
    [5, "listFlows", (client) => client.listFlows({ query: { level: level() } })],
    [3, "listFlows", (client) => client.listFlows({ query: { kind: "moves", level: level() } })],
    [2, "listRegions", (client) => client.listRegions({ query: { level: level() } })],
    [
      10 * some,
      "countAudience",
      (client) => client.countAudience({ body: { text: `${circle()} and not ${circle()}` } }),
    ],
    [15 * known, "getSubscriber", (client) => client.getSubscriber({ params: { subscriber: one(subscribers) } })],
    [5 * some, "listMembers", (client) => client.listMembers({ params: { circle: circle() }, query: { limit: 50 } })],
  ];
  let at = random() * kinds.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, name, question] of kinds) {
    at -= weight;
    if (at < 0) return [name, question];
  }
  return ["listCircles", (client) => client.listCircles({})];
}
