import type { City } from "../geo/city.js";
import { nearestName } from "../signal/nearest-name.js";
import { noticeSubject } from "../source/nats/subjects.js";
import {
  countTriggers,
  deleteTrigger,
  makeTrigger,
  readTrigger,
  readTriggers,
  TRIGGERS_MAX,
} from "../store/triggers.js";
import { INSIDE, triggerCompiler } from "../trigger/compile-triggers.js";
import type { Fence, Trigger } from "../trigger/trigger.js";
import type { Principal } from "./access/principal.js";
import { knownCircle } from "./circles.js";
import { cursorOf, readCursor } from "./cursor.js";
import type { Answers } from "./operation.js";
import { Problem } from "./problem.js";
import { asOf, reading, type Services } from "./services.js";
import type { TRIGGER_OPERATIONS } from "./trigger-operations.js";

export function triggerAnswers(services: Services): Answers<typeof TRIGGER_OPERATIONS> {
  const { store } = services;
  const reachOf = reachIn(services);
  const found = async (id: string) => {
    const trigger = await readTrigger(store, id);
    if (trigger !== null) return trigger;
    throw new Problem(404, `there is no trigger ${id}`, "see GET /v1/triggers for the triggers");
  };
  return {
    async createTrigger({ body, principal, purpose }) {
      const { where } = body;
      if (where.kind === "circle") await knownCircle(reading(services), where.circle, "body.where.circle");
      const reach = where.kind === "circle" ? null : checkedReach(reachOf, where, services.city);
      const trigger: Trigger = {
        ...body,
        createdMs: Date.now(),
        principal: principal.id,
        role: principal.role,
        purpose,
        regions: services.scopeOf(principal).regions,
      };
      await checkRoom(store);
      if (!(await makeTrigger(store, trigger))) throw taken(body.trigger);
      return { ...(await asOf(services)), ...madeOf(trigger), reach };
    },
    async listTriggers({ query }) {
      const after = readCursor("triggers", 1, query.cursor)?.[0] ?? "";
      const rest = (await readTriggers(store)).filter(({ trigger }) => trigger > after);
      const page = rest.slice(0, query.limit);
      const last = page.at(-1)?.trigger ?? "";
      const next = rest.length > page.length ? cursorOf("triggers", [last]) : null;
      return { ...(await asOf(services)), triggers: page.map(madeOf), next };
    },
    async getTrigger({ params }) {
      const trigger = await found(params.trigger);
      const reach = trigger.where.kind === "circle" ? null : reachOf(trigger.where);
      // The reference data may have changed since it was made.
      const known = reach === null || "unknown" in reach ? null : reach;
      return { ...(await asOf(services)), ...madeOf(trigger), reach: known };
    },
    async deleteTrigger({ params, principal }) {
      const trigger = await found(params.trigger);
      checkOwner(trigger, principal);
      await deleteTrigger(store, trigger);
      return undefined;
    },
  };
}

function taken(trigger: string): Problem {
  return new Problem(409, `there is a trigger ${trigger} already`, "delete it first, or choose another id", [
    { place: "body.trigger", says: "is taken" },
  ]);
}

/** Throws Problem 409 where there are as many as may be. */
async function checkRoom(store: Services["store"]): Promise<void> {
  if ((await countTriggers(store)) >= TRIGGERS_MAX)
    throw new Problem(409, `there are ${TRIGGERS_MAX} triggers already`, "delete those that nobody needs");
}

function madeOf({ createdMs, role: _, regions, ...trigger }: Trigger) {
  const subject = noticeSubject("trigger", trigger.trigger);
  return {
    ...trigger,
    subject,
    regions: regions === null ? null : [...regions],
    created: new Date(createdMs).toISOString(),
  };
}

function checkOwner({ trigger, principal: maker }: Trigger, { id, role }: Principal): void {
  if (id === maker || role === "admin") return;
  throw new Problem(403, `the trigger ${trigger} is somebody else's`, "ask who made it, or an admin, to delete it");
}

/** What the network can tell of a fence; what the city has not where it is nowhere. */
function reachIn(services: Services) {
  return (fence: Fence) => {
    const made = triggerCompiler(services.city).fence({ ...fence, leave: 0 });
    if ("unknown" in made) return made;
    const leave = Math.round(fence.leave * 255);
    const cells = made.says.filter((says) => says === INSIDE).length;
    const surest = made.chance.reduce((most, chance) => Math.max(most, chance), 0) / 255;
    return {
      cells,
      cellsBetween: made.chance.filter((chance) => chance >= leave).length - cells,
      surest: Math.round(surest * 100) / 100,
    };
  };
}

/** What the network can tell of a fence. Throws Problem 400 where that is nothing. */
function checkedReach(reachOf: ReturnType<typeof reachIn>, fence: Fence, city: City) {
  const reach = reachOf(fence);
  if ("unknown" in reach) {
    const suggestion = nearestTo(fence, city);
    const mend = suggestion === null ? "see the folder of the city for its ids" : `did you mean ${suggestion}?`;
    throw new Problem(400, `the city has no ${reach.unknown}`, mend, [
      { place: `body.where.${fence.kind}`, says: "is not known" },
    ]);
  }
  if (reach.cells === 0) throw outOfReach(fence, reach.surest);
  return reach;
}

/** The place that was meant by a name that the city has not, perhaps. */
function nearestTo(fence: Fence, { venues, regions }: City): string | null {
  if (fence.kind === "venue") return nearestName(fence.venue, venues.id);
  return fence.kind === "region" ? nearestName(fence.region, regions.id) : null;
}

function outOfReach({ enter }: Fence, surest: number): Problem {
  return new Problem(
    400,
    `no cell makes it ${enter} probable that a phone is within the fence: the surest says ${surest}`,
    surest === 0 ? "see whether the fence lies in the city" : "take a larger fence, or a lower `enter`",
    [{ place: "body.where.enter", says: "is never reached" }],
  );
}
