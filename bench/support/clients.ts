import { setTimeout as pause } from "node:timers/promises";
import { ApiError, type Client } from "../../src/http/client.js";
import { anyQuestion, type OperationName, type Subjects } from "./questions.js";
import { randomWords } from "./traffic.js";

export interface Asked {
  readonly operation: OperationName;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly ms: number;
  /** Whether a refusal for the load said when to ask again. */
  readonly saidWhen: boolean;
}

/**
 * Clients that ask one question after the other until `isOver`, each with a mean pause between two; who is turned away waits as long as
 * the answer says.
 */
export async function askAll(
  clients: readonly Client[],
  subjects: Subjects,
  pauseMsMean: number,
  isOver: () => boolean,
): Promise<Asked[]> {
  const asked: Asked[] = [];
  await Promise.all(
    clients.map(async (client, i) => {
      const word = randomWords(i + 1);
      const random = () => word() / 2 ** 32;
      while (!isOver()) {
        await pause(pauseMsMean * 2 * random());
        if (isOver()) return;
        const [operation, question] = anyQuestion(subjects, random);
        const startMs = performance.now();
        const error: unknown = await question(client).then(
          () => null,
          (reason: unknown) => reason,
        );
        const ms = performance.now() - startMs;
        const isRefusal = error instanceof ApiError;
        const waitSeconds = isRefusal ? error.retryAfterSeconds : null;
        const status = error === null ? 200 : isRefusal ? error.status : 0;
        asked.push({ operation, status, ms, saidWhen: waitSeconds !== null });
        if (waitSeconds !== null) await pause(waitSeconds * 1000);
      }
    }),
  );
  return asked;
}
