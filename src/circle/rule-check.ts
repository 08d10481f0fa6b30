/** What the form of the rules cannot say: names that must exist, thresholds in order, no circle that hangs on itself. */
import { circlesNamed } from "./compile-rules.js";
import type { CircleRules, ConditionForm, SlotForm, StopsForm, VisitsForm } from "./rule-schema.js";
import { listOf } from "./venue-set.js";

/** One thing wrong with the rules; `path` leads to it, as keys and numbers of list items. */
export interface RuleFault {
  readonly path: readonly (string | number)[];
  readonly says: string;
  readonly mend: string;
}

/** Faults of rules whose form is right. */
export function checkRules(rules: CircleRules): RuleFault[] {
  const faults: RuleFault[] = [];
  const { defaults } = rules;
  for (const [name, role] of Object.entries(rules.roles)) checkCondition(rules, role, ["roles", name], [name], faults);
  const known = new Map<string, number>();
  for (const [at, rule] of rules.circles.entries()) {
    const path = ["circles", at];
    const first = known.get(rule.circle);
    if (first !== undefined)
      faults.push({
        path: [...path, "circle"],
        says: `${rule.circle} comes twice, first as number ${first + 1}`,
        mend: "keep one rule a circle; `any` joins ways into it",
      });
    known.set(rule.circle, at);
    const enter = rule.enter ?? defaults.enter;
    const leave = rule.leave ?? defaults.leave;
    if (leave > enter)
      faults.push({
        path: [...path, rule.leave === undefined ? "enter" : "leave"],
        says: `leave ${leave} lies above enter ${enter}: a member would leave the moment it enters`,
        mend: `give leave ${enter} or less`,
      });
    checkVariables(rule, path, faults);
    for (const part of ["all", "none"] as const)
      for (const [n, form] of (rule[part] ?? []).entries()) checkCondition(rules, form, [...path, part, n], [], faults);
  }
  checkCycles(rules, faults);
  return faults;
}

/** A family's id names its variable, and only a family's does. */
function checkVariables(rule: CircleRules["circles"][number], path: readonly (string | number)[], faults: RuleFault[]) {
  const given = Object.keys(rule.for ?? {}).map((name) => `$${name}`);
  const used = JSON.stringify(rule).match(/\$[a-z]+/g) ?? [];
  for (const name of new Set(used))
    if (!given.includes(name))
      faults.push({
        path: [...path, "circle"],
        says: `${name} stands in the rule, but \`for\` gives it no values`,
        mend: "add `for`, or write the value",
      });
  for (const name of given)
    if (!rule.circle.includes(name))
      faults.push({
        path: [...path, "for"],
        says: `all circles of the family would have the id ${rule.circle}`,
        mend: `put ${name} into the id`,
      });
}

function checkCondition(
  rules: CircleRules,
  form: ConditionForm,
  path: readonly (string | number)[],
  above: readonly string[],
  faults: RuleFault[],
): void {
  if (form.visits !== undefined) checkCounted(rules, form.visits, [...path, "visits"], faults);
  if (form.stops !== undefined) checkCounted(rules, form.stops, [...path, "stops"], faults);
  if (form.role !== undefined) {
    if (rules.roles[form.role] === undefined)
      faults.push(unknown([...path, "role"], `role ${form.role}`, Object.keys(rules.roles)));
    else if (above.includes(form.role))
      faults.push({ path: [...path, "role"], says: `role ${form.role} hangs on itself`, mend: "break the circle" });
    else if (above.length > 0)
      checkCondition(rules, rules.roles[form.role] as ConditionForm, path, [...above, form.role], []);
  }
  for (const key of ["any", "all", "none"] as const)
    for (const [n, part] of (form[key] ?? []).entries()) checkCondition(rules, part, [...path, key, n], above, faults);
}

/** What counts visits or stops must say where, within known hours, and how many in one way. */
function checkCounted(
  rules: CircleRules,
  form: Partial<Pick<VisitsForm, "at" | "days">> &
    Pick<VisitsForm & StopsForm, "category" | "subtype" | "tier" | "venue" | "count" | "share"> & {
      readonly slot?: VisitsForm["slot"];
    },
  path: readonly (string | number)[],
  faults: RuleFault[],
): void {
  for (const slot of listOf<string | SlotForm>(form.slot))
    if (typeof slot === "string" && rules.slots[slot] === undefined)
      faults.push(unknown([...path, "slot"], `slot ${slot}`, Object.keys(rules.slots)));
  const named = [form.category, form.subtype, form.tier, form.venue, form.at];
  if (named.every((value) => value === undefined))
    faults.push({
      path,
      says: "it says nothing of where",
      mend: "give a category, subtype, tier or venue, or `at: home` or `at: day`",
    });
  const asked = [form.count, form.days, form.share].filter((value) => value !== undefined);
  if (asked.length > 1)
    faults.push({
      path,
      says: "it asks for more than one of count, days and share",
      mend: "keep one; two conditions in `all` ask for both",
    });
}

function unknown(path: readonly (string | number)[], what: string, names: readonly string[]): RuleFault {
  return { path, says: `there is no ${what}`, mend: `write one of ${names.join(", ") || "those you add above"}` };
}

/** Circles that name circles: each must exist, and none may lead back to itself. */
function checkCycles(rules: CircleRules, faults: RuleFault[]): void {
  const named = new Map(rules.circles.map((rule) => [rule.circle, circlesNamed(rule, rules.roles)]));
  const reaches = (from: string, to: string, seen: Set<string>): boolean =>
    (named.get(from) ?? []).some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, to, seen);
    });
  for (const [at, rule] of rules.circles.entries()) {
    for (const name of circlesNamed(rule, rules.roles))
      if (!named.has(name)) faults.push(unknown(["circles", at], `circle ${name}`, [...named.keys()]));
    if (reaches(rule.circle, rule.circle, new Set()))
      faults.push({
        path: ["circles", at],
        says: `${rule.circle} hangs on itself by the circles that it names`,
        mend: "take one of them out",
      });
  }
}
