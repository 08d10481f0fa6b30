/**
 * The task in SQL, for both databases: window functions as their users write them, and between the steps a table, since ClickHouse
 * computes a WITH anew wherever it is named.
 *
 * Given are `events` (subscriber, ms, cell), `cells` (cell, x, y in metres, region, square: a square of the city of 800 m) and `venues`
 * (square, category).
 */

/** Where the databases differ. */
export interface Dialect {
  /** Whole-number division. */
  div(value: string, by: number): string;
  /** Of a group, the first column where the second is greatest. */
  readonly argMax: string;
  /** A row for each number from one to the other, both inclusive. */
  rows(from: string, to: string): string;
  /** Begins the statement that makes a table of a question's rows. */
  create(table: string, orderedBy: string): string;
}

export const ZONE_MS = 8 * 3_600_000;
const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** A run of one cell is a stay from here on, and broken by a longer silence. */
export const NAIVE_DWELL_MS = 600_000;
export const NAIVE_GAP_MS = HOUR_MS;

/** The naive task: stays are runs of one cell. */
export function naiveStays({ create }: Dialect): string {
  return `${create("naive_stays", "subscriber")}
SELECT subscriber, cell, min(ms) AS starts, max(ms) AS ends
FROM (
  SELECT subscriber, ms, cell, sum(fresh) OVER (PARTITION BY subscriber ORDER BY ms, cell, fresh DESC ROWS UNBOUNDED PRECEDING) AS run
  FROM (
    SELECT subscriber, ms, cell,
      CASE WHEN lag(cell, 1, -1) OVER w = cell AND ms - lag(ms, 1, 0) OVER w <= ${NAIVE_GAP_MS} THEN 0 ELSE 1 END AS fresh
    FROM events WINDOW w AS (PARTITION BY subscriber ORDER BY ms, cell)
  ) AS marked
) AS numbered
GROUP BY subscriber, run, cell
HAVING max(ms) - min(ms) >= ${NAIVE_DWELL_MS}`;
}

/** The naive task, second half: home is the region of most time in stays that began in the evening or at night. */
export function naiveHomes({ create, div, argMax }: Dialect): string {
  const hour = `${div(`starts + ${ZONE_MS}`, HOUR_MS)} % 24`;
  return `${create("naive_homes", "subscriber")}
SELECT subscriber, ${argMax}(region, spent * 10000 - region) AS region
FROM (
  SELECT subscriber, region, sum(ends - starts) AS spent
  FROM naive_stays JOIN cells USING (cell)
  WHERE ${hour} >= 18 OR ${hour} < 6
  GROUP BY subscriber, region
) AS nights
GROUP BY subscriber`;
}

const TELEPORT_METRES_PER_MS = 400 / 3600;
const PING_PONG_MS = 300_000;
const SILENCE_MS = 8 * HOUR_MS;

/**
 * The whole task, first step: cleaning (repetitions, teleports, ping-pong), then stays at squares of the city. A night without an event
 * does not end a stay.
 */
export function stays({ create, argMax }: Dialect, table: string, fromMs: number): string {
  return `${create(table, "subscriber")}
SELECT subscriber, square, min(starts) AS starts, max(ends) AS ends, ${argMax}(region, events * 10000 - region) AS region
FROM (
SELECT subscriber, run, square, region, min(ms) AS starts, max(ms) AS ends, count(*) AS events
FROM (
  SELECT subscriber, ms, square, region,
    sum(fresh) OVER (PARTITION BY subscriber ORDER BY ms, kept ROWS UNBOUNDED PRECEDING) AS run
  FROM (
    SELECT subscriber, ms, kept, square, region,
      CASE WHEN lag(square, 1, -1) OVER w = square AND ms - lag(ms, 1, 0) OVER w <= ${SILENCE_MS} THEN 0 ELSE 1 END AS fresh
    FROM (
      SELECT subscriber, ms,
        CASE WHEN lag(cell, 1, cell) OVER w = lead(cell, 1, -1) OVER w
          AND lead(ms, 1, 0) OVER w - lag(ms, 1, ms) OVER w <= ${PING_PONG_MS}
          THEN lag(cell, 1, cell) OVER w ELSE cell END AS kept
      FROM (
        SELECT subscriber, ms, cell,
          sqrt(power(x - lag(x, 1, x) OVER w, 2) + power(y - lag(y, 1, y) OVER w, 2)) AS metres_before,
          ms - lag(ms, 1, ms) OVER w AS ms_before,
          sqrt(power(x - lead(x, 1, x) OVER w, 2) + power(y - lead(y, 1, y) OVER w, 2)) AS metres_after,
          lead(ms, 1, ms) OVER w - ms AS ms_after
        FROM (SELECT DISTINCT subscriber, ms, cell FROM events WHERE ms >= ${fromMs}) AS single JOIN cells USING (cell)
        WINDOW w AS (PARTITION BY subscriber ORDER BY ms, cell)
      ) AS moves
      WHERE NOT (metres_before > 3000 + ms_before * ${TELEPORT_METRES_PER_MS}
        AND metres_after > 3000 + ms_after * ${TELEPORT_METRES_PER_MS})
      WINDOW w AS (PARTITION BY subscriber ORDER BY ms, cell)
    ) AS steady JOIN cells ON cells.cell = steady.kept
    WINDOW w AS (PARTITION BY subscriber ORDER BY ms, kept)
  ) AS marked
) AS numbered
GROUP BY subscriber, run, square, region
) AS runs
GROUP BY subscriber, run, square
HAVING max(ends) - min(starts) >= ${NAIVE_DWELL_MS}`;
}

/** The whole task, second step: home by nights, day place by working days, over all stays of the window. */
export function anchors(dialect: Dialect, from: string): string {
  const { create, argMax, div, rows } = dialect;
  const days = rows(div(`starts + ${ZONE_MS}`, DAY_MS), div(`ends + ${ZONE_MS}`, DAY_MS));
  const first = "(days * 100000000 + square) * 10000 + region";
  return `${create("anchors_sql", "subscriber")}
SELECT kind, subscriber, ${argMax}(square, ${first}) AS square, ${argMax}(region, ${first}) AS region,
  max(days) AS days
FROM (
  SELECT kind, subscriber, square, region, count(DISTINCT day) AS days
  FROM (
    SELECT subscriber, square, region, day, 'home' AS kind FROM (SELECT *, ${days} AS day FROM ${from}) AS nights
    WHERE starts + ${ZONE_MS} < day * ${DAY_MS} + ${4 * HOUR_MS} AND ends + ${ZONE_MS} > day * ${DAY_MS} + ${HOUR_MS}
    UNION ALL
    SELECT subscriber, square, region, day, 'day' AS kind FROM (SELECT *, ${days} AS day FROM ${from}) AS working
    WHERE (day + 3) % 7 < 5
      AND starts + ${ZONE_MS} < day * ${DAY_MS} + ${15 * HOUR_MS} AND ends + ${ZONE_MS} > day * ${DAY_MS} + ${10 * HOUR_MS}
      AND ends - starts >= ${2 * HOUR_MS}
  ) AS kinds
  GROUP BY kind, subscriber, square, region
) AS counted
WHERE days >= 2
GROUP BY kind, subscriber`;
}

/**
 * The whole task, last step: circles of regions (home, day place, active) and those of the others that can be said without a model: who
 * visits venues of a category on three days, who is out late, and who keeps office hours at the day place.
 */
export function circles(dialect: Dialect, from: string): string {
  const { create, div } = dialect;
  const clock = (column: string) => `((${column} + ${ZONE_MS}) % ${DAY_MS})`;
  const day = div(`starts + ${ZONE_MS}`, DAY_MS);
  return `${create("memberships_sql", "subscriber")}
SELECT subscriber, concat(kind, ':', region_name) AS circle, 1.0 AS score FROM anchors_sql JOIN regions USING (region)
UNION ALL
SELECT subscriber, concat('active:', region_name), share FROM (
  SELECT subscriber, region, spent / sum(spent) OVER (PARTITION BY subscriber) AS share FROM (
    SELECT subscriber, region, sum(ends - starts) * 1.0 AS spent FROM ${from} WHERE ${clock("starts")} >= ${7 * HOUR_MS} GROUP BY subscriber, region
  ) AS by_region
) AS shares JOIN regions USING (region) WHERE share >= 0.2
UNION ALL
SELECT subscriber, concat('visits:', category), least(1.0, count(DISTINCT ${day}) / 6.0) AS score
FROM ${from} JOIN venues USING (square) WHERE ends - starts <= ${5 * HOUR_MS}
GROUP BY subscriber, category HAVING count(DISTINCT ${day}) >= 3
UNION ALL
SELECT subscriber, 'night-owl', least(1.0, count(DISTINCT ${day}) / 6.0) AS score
FROM ${from} JOIN anchors_sql AS h USING (subscriber)
WHERE h.kind = 'home' AND h.square <> ${from}.square AND (${clock("ends")} < ${5 * HOUR_MS} OR ${clock("ends")} > ${23 * HOUR_MS})
GROUP BY subscriber HAVING count(DISTINCT ${day}) >= 3
UNION ALL
SELECT subscriber, 'office-hours', 1.0 AS score
FROM ${from} JOIN anchors_sql AS d USING (subscriber)
WHERE d.kind = 'day' AND d.square = ${from}.square
  AND ${clock("starts")} BETWEEN ${7 * HOUR_MS} AND ${10 * HOUR_MS} AND ${clock("ends")} BETWEEN ${16 * HOUR_MS} AND ${19 * HOUR_MS}
GROUP BY subscriber HAVING count(DISTINCT ${day}) >= 3`;
}
