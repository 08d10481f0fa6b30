import { type CompiledTriggers, limitsOf, OUTSIDE, packed } from "../../src/trigger/compile-triggers.js";
import { type Trigger, triggerForm, triggerKey } from "../../src/trigger/trigger.js";

/** A trigger as the API would make it. */
export function triggerOf(form: object, more: Partial<Trigger> = {}): Trigger {
  const made = { createdMs: 1, principal: "test", role: "admin", purpose: "tests", regions: null };
  return { ...triggerForm.parse({ trigger: "t", on: "enter", ...form }), ...made, ...more };
}

/** A fence of a venue, by name. */
export function fenceOf(trigger: string, fence: object = {}, more: object = {}): Trigger {
  return triggerOf({ trigger, where: { kind: "venue", venue: "V", ...fence }, ...more });
}

/** Triggers compiled by hand: `says[number][row]` is what a cell says of a fence. */
export function compiledOf(triggers: readonly Trigger[], says: readonly (readonly number[])[]): CompiledTriggers {
  const rows = Math.max(1, ...says.map((of) => of.length));
  const entries: { row: number; number: number; says: number }[] = [];
  for (let row = 0; row < rows; row++)
    for (const [number, of] of says.entries())
      if ((of[row] ?? OUTSIDE) !== OUTSIDE) entries.push({ row, number, says: of[row] as number });
  const start = Uint32Array.from({ length: rows + 1 }, (_, row) => entries.filter((entry) => entry.row < row).length);
  const minutes = (name: "dwellMinutes" | "awayMinutes") =>
    Uint32Array.from(triggers, ({ where }) => (where.kind === "circle" ? 0 : where[name] * 60));
  return {
    triggers,
    keys: triggers.map(triggerKey),
    start,
    entries: Uint32Array.from(entries, ({ number, says: said }) => packed(number, said, said * 127)),
    tellsLeave: Uint8Array.from(triggers, ({ on }) => (on === "leave" ? 1 : 0)),
    dwell: minutes("dwellMinutes"),
    away: minutes("awayMinutes"),
    ...limitsOf(triggers),
    ofCircle: new Map(),
    homes: triggers.map(() => null),
  };
}
