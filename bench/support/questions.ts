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

/** A kind of question, with one of the kind. */
export interface QuestionKind {
  /** How often it is asked, in parts of the sum over all kinds. */
  readonly weight: number;
  readonly says: string;
  readonly operation: OperationName;
  readonly question: Question;
}

const HOUR_MS = 3_600_000;
const LEVELS = [1, 2, 3, 4];
const RESOLUTIONS = [6, 7, 8, 9];

/**
 * Questions as marketers, analysts and pages ask them, of all kinds: catalogue and circles, presence now and at an hour of the past by
 * region and H3 cell, flows, audiences, panoramas and lists of members. `random` gives numbers in [0, 1).
 */
export function questionKinds(
  { circles, subscribers, newestMs }: Subjects,
  random: () => number,
): readonly QuestionKind[] {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const circle = () => one(circles);
  const level = () => one(LEVELS);
  const hour = () => {
    const hours = Math.max(1, Math.floor((newestMs - START_MS) / HOUR_MS));
    const fromMs = START_MS + Math.floor(random() * hours) * HOUR_MS;
    return { from: new Date(fromMs).toISOString(), to: new Date(fromMs + HOUR_MS).toISOString() };
  };
  const kind = (weight: number, says: string, operation: OperationName, question: Question) => ({
    ...{ weight, says, operation, question },
  });
  // Nobody asks about what is not there yet.
  const [some, known] = [Math.sign(circles.length), Math.sign(subscribers.length)];
  return [
    kind(15, "all circles", "listCircles", (client) => client.listCircles({ query: { limit: one([50, 100, 1000]) } })),
    kind(10 * some, "a circle", "getCircle", (client) =>
      client.getCircle({ params: { circle: circle() }, query: { level: level() } }),
    ),
    kind(15, "presence now, regions", "listPresence", (client) => client.listPresence({ query: { level: level() } })),
    kind(10, "presence now, H3", "listPresence", (client) =>
      client.listPresence({ query: { by: "h3", resolution: one(RESOLUTIONS) } }),
    ),
    kind(10, "presence in the past", "listPresence", (client) =>
      client.listPresence({ query: { ...hour(), level: level() } }),
    ),
    kind(5, "home to day place", "listFlows", (client) => client.listFlows({ query: { level: level() } })),
    kind(3, "moves of a day", "listFlows", (client) => client.listFlows({ query: { kind: "moves", level: level() } })),
    kind(2, "regions", "listRegions", (client) => client.listRegions({ query: { level: level() } })),
    kind(10 * some, "an audience", "countAudience", (client) =>
      client.countAudience({ body: { text: `${circle()} and not ${circle()}` } }),
    ),
    kind(15 * known, "a panorama", "getSubscriber", (client) =>
      client.getSubscriber({ params: { subscriber: one(subscribers) } }),
    ),
    kind(5 * some, "members", "listMembers", (client) =>
      client.listMembers({ params: { circle: circle() }, query: { limit: 50 } }),
    ),
  ];
}

/** One of them, as often as its weight says. */
export function anyQuestion(subjects: Subjects, random: () => number): [OperationName, Question] {
  const kinds = questionKinds(subjects, random);
  let at = random() * kinds.reduce((sum, { weight }) => sum + weight, 0);
  for (const { weight, operation, question } of kinds) {
    at -= weight;
    if (at < 0) return [operation, question];
  }
  return ["listCircles", (client) => client.listCircles({})];
}
