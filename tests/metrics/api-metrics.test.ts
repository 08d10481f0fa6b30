import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { apiMetrics } from "../../src/metrics/api-metrics.js";

test("answers are counted by operation and status, from 0 on, and timed unless they were turned away", async () => {
  const registry = new Registry();
  const answered = apiMetrics(registry).observeAnswers(["listCircles", "getCircle"]);
  answered("listCircles", 200, 0.3);
  answered("listCircles", 429, 0.001);
  answered("listCircles", 422, 0.7);
  const text = await registry.metrics();
  for (const line of [
    'lifecircle_api_answers_total{operation="listCircles",status="200"} 1',
    'lifecircle_api_answers_total{operation="listCircles",status="429"} 1',
    'lifecircle_api_answers_total{operation="listCircles",status="422"} 1',
    'lifecircle_api_answers_total{operation="getCircle",status="200"} 0',
    'lifecircle_api_answer_seconds_bucket{le="0.5",operation="listCircles"} 1',
    'lifecircle_api_answer_seconds_count{operation="listCircles"} 2',
    'lifecircle_api_answer_seconds_count{operation="getCircle"} 0',
  ]) {
    expect(text).toContain(line);
  }
});
