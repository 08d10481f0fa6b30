import { Counter, Histogram, type Registry } from "prom-client";

import { TOLD_OUTCOMES, type ToldOutcome } from "../store/told-register.js";

/** Says that a question was answered: with which status, after how many seconds. */
export type AnswerObserver = (operation: string, status: number, seconds: number) => void;

export interface ApiMetrics {
  /** For the operations of an API by their ids, which are there at 0 from then on. */
  observeAnswers(operations: readonly string[]): AnswerObserver;
  /** Says what became of the wish to be told of an audience's size. */
  observeTold(outcome: ToldOutcome): void;
}

/** What a question may take, around the half second that is promised. */
const ANSWER_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const STATUSES = [200, 429];

export function apiMetrics(registry: Registry): ApiMetrics {
  const answers = new Counter({
    name: "lifecircle_api_answers_total",
    help: "Questions to the API that were answered, by status; 429: turned away, to ask again later",
    labelNames: ["operation", "status"],
    registers: [registry],
  });
  const times = new Histogram({
    name: "lifecircle_api_answer_seconds",
    help: "Time until an answer of the API began, waiting included; without those turned away",
    labelNames: ["operation"],
    buckets: ANSWER_SECONDS,
    registers: [registry],
  });
  const told = new Counter({
    name: "lifecircle_api_audiences_told_total",
    help: "Sizes of audiences that were asked for: told before to the same key, new to it, or not told because the key has spent its day",
    labelNames: ["outcome"],
    registers: [registry],
  });
  for (const outcome of TOLD_OUTCOMES) told.inc({ outcome }, 0);
  return {
    observeTold: (outcome) => told.inc({ outcome }),
    observeAnswers(operations) {
      for (const operation of operations) {
        for (const status of STATUSES) answers.inc({ operation, status }, 0);
        times.zero({ operation });
      }
      return (operation, status, seconds) => {
        answers.inc({ operation, status });
        if (status !== 429) times.observe({ operation }, seconds);
      };
    },
  };
}
