/** What each NATS server holds of the stream, by its own word: whether it still has all that it confirmed. */
import { z } from "zod";
import { SIGNALLING_STREAM } from "../../src/source/nats/subjects.js";
import type { NatsNode } from "./processes.js";

/** A server's copy of the stream; nothing of the stream's limits is reached in a round, so every confirmed message belongs into it. */
export interface Copy {
  readonly messages: number;
  readonly firstSequence: number;
}

const STATE = z.object({ messages: z.number(), first_seq: z.number() });
const JSZ = z.object({
  account_details: z
    .array(z.object({ stream_detail: z.array(z.object({ name: z.string(), state: STATE })).optional() }))
    .optional(),
});

/** The copies of all servers, none for one that has no such stream. */
export async function copiesOf(nodes: readonly NatsNode[]): Promise<Copy[]> {
  const answers = await Promise.all(
    nodes.map(async ({ monitorPort }) =>
      JSZ.parse(await (await fetch(`http://127.0.0.1:${monitorPort}/jsz?accounts=true&streams=true`)).json()),
    ),
  );
  return answers.flatMap(({ account_details }) =>
    (account_details ?? [])
      .flatMap(({ stream_detail }) => stream_detail ?? [])
      .filter(({ name }) => name === SIGNALLING_STREAM)
      .map(({ state }) => ({ messages: state.messages, firstSequence: state.first_seq })),
  );
}

/** A server lacks the oldest messages, or all lack some: what the cluster had confirmed is lost. One that is behind lacks the newest. */
export function hasLost(copies: readonly Copy[], confirmed: number): boolean {
  const isShort = ({ messages }: Copy) => messages < confirmed;
  return copies.some((copy) => isShort(copy) && copy.firstSequence > 1) || (copies.length > 0 && copies.every(isShort));
}
