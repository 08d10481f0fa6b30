/** The operations about triggers. */
import { z } from "zod";
import { triggerForm, triggerId } from "../trigger/trigger.js";
import { about, cursor, limit } from "./forms.js";
import { operation } from "./operation.js";

const TRIGGER = z.strictObject({ trigger: triggerId });

const made = z.object({
  ...triggerForm.shape,
  subject: z.string().describe("NATS subject of its notices"),
  created: z.string(),
  principal: z.string().describe("Who made it"),
  purpose: z.string(),
  regions: z.array(z.string()).nullable().describe("Only people who live here are told of; null for all"),
});

const reach = z
  .object({
    cells: z.int().describe("Cells whose events count as inside"),
    cellsBetween: z.int().describe("Cells whose events change nothing"),
    surest: z.number().describe("Greatest probability of being inside that a cell gives"),
  })
  .nullable()
  .describe("What the network can tell of the fence; null for a circle, and for what the city has no more");

export const TRIGGER_OPERATIONS = {
  createTrigger: operation({
    method: "POST",
    path: "/triggers",
    summary: "Tell of everybody who enters or leaves a venue, region, surroundings, polygon or circle, as CloudEvents",
    permission: "members",
    people: true,
    body: triggerForm,
    status: 201,
    response: z.object({ ...about, ...made.shape, reach }),
    problems: [404, 409],
  }),
  listTriggers: operation({
    method: "GET",
    path: "/triggers",
    summary: "The triggers by id",
    permission: "members",
    query: z.strictObject({ limit, cursor }),
    response: z.object({ ...about, triggers: z.array(made), next: z.string().nullable() }),
  }),
  getTrigger: operation({
    method: "GET",
    path: "/triggers/{trigger}",
    summary: "One trigger, and what the network can tell of its fence",
    permission: "members",
    params: TRIGGER,
    response: z.object({ ...about, ...made.shape, reach }),
    problems: [404],
  }),
  deleteTrigger: operation({
    method: "DELETE",
    path: "/triggers/{trigger}",
    summary: "Tell of nobody any more",
    permission: "members",
    params: TRIGGER,
    response: z.null(),
    status: 204,
    problems: [404],
  }),
} as const;
