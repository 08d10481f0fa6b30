/** Every row that people can read, and where two stores differ. */

/** Of a refused row that had no time of its own, `time` is when the stream took it, which no two runs share. */
const TABLES = {
  stays: "*",
  ways: "*",
  portraits: "*",
  anchors: "*",
  memberships: "*",
  membership_log: "*",
  presence: "*",
  devices: "*",
  rejected: "if(reason = 'malformed', toDateTime(0, 'UTC'), time), reason, source, raw",
} as const;

/** Rows as `table (values)`, sorted. */
export type Rows = readonly string[];

export async function readRows(storeUrl: string): Promise<Rows> {
  const parts = Object.entries(TABLES).map(
    ([table, columns]) => `SELECT concat('${table} ', toString(tuple(${columns}))) AS row FROM ${table}`,
  );
  const text = await ask(storeUrl, `SELECT row FROM (${parts.join(" UNION ALL ")}) FORMAT TSVRaw`);
  return text.trimEnd().split("\n").sort();
}

async function ask(storeUrl: string, query: string): Promise<string> {
  const answer = await fetch(`${storeUrl}/?database=lifecircle`, { method: "POST", body: query });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}

export interface Difference {
  /** Rows of the undisturbed run that are not there, and rows that it does not have. */
  readonly missing: readonly string[];
  readonly extra: readonly string[];
}

/** Row by row and count by count: a row that is there twice is one too many. */
export function difference(expected: Rows, got: Rows): Difference {
  const missing: string[] = [];
  const extra: string[] = [];
  let e = 0;
  let g = 0;
  while (e < expected.length || g < got.length) {
    const want = expected[e];
    const have = got[g];
    if (want === have) {
      e++;
      g++;
    } else if (have === undefined || (want !== undefined && want < have)) {
      missing.push(want as string);
      e++;
    } else {
      extra.push(have);
      g++;
    }
  }
  return { missing, extra };
}
