/** Charts as inline SVG, drawn in the colours of the page (CSS variables), each with a title that says what it shows. */

/** Text as it may stand in HTML and SVG. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** One bar: a name and a value of 0..1, and what stands behind it. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  /** Class of its colour, `c0` to `c4`. */
  readonly colour: string;
}

/** Points of a line, in units of the axes. */
export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [number, number])[];
  /** Marks each point, with a text that shows on pointing at it. */
  readonly notes?: readonly string[];
}

export interface Axes {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly xMax: number;
  readonly yMax: number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
  /** How a value of the axis is written. */
  readonly xText: (value: number) => string;
  readonly yText: (value: number) => string;
  /** Draws the line on which both axes are the same. */
  readonly diagonal?: boolean;
}

const BAR_HEIGHT = 22;
const LABEL_WIDTH = 200;
const BAR_WIDTH = 420;
const NOTE_WIDTH = 190;
const TOP = 30;

/** Bars from 0 to 1, one below the other. */
export function barChart(title: string, axis: string, bars: readonly Bar[]): string {
  const width = LABEL_WIDTH + BAR_WIDTH + NOTE_WIDTH;
  const height = TOP + bars.length * BAR_HEIGHT + 24;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((tick) => {
    const x = LABEL_WIDTH + tick * BAR_WIDTH;
    const label = `<text class="tick" x="${x}" y="${TOP - 8}" text-anchor="middle">${tick}</text>`;
    return `<line class="grid" x1="${x}" x2="${x}" y1="${TOP - 2}" y2="${height - 22}"/>${label}`;
  });
  const drawn = bars.map(({ label, value, text, colour }, i) => {
    const y = TOP + i * BAR_HEIGHT;
    const length = (Number.isNaN(value) ? 0 : value) * BAR_WIDTH;
    return (
      `<g><title>${escaped(`${label}: ${text}`)}</title>` +
      `<text x="${LABEL_WIDTH - 8}" y="${y + 15}" text-anchor="end">${escaped(label)}</text>` +
      `<rect class="fill ${colour}" x="${LABEL_WIDTH}" y="${y + 3}" width="${length.toFixed(1)}" height="${BAR_HEIGHT - 6}"/>` +
      `<text class="note" x="${LABEL_WIDTH + BAR_WIDTH + 10}" y="${y + 15}">${escaped(text)}</text></g>`
    );
  });
  const name = `<text class="axis" x="${LABEL_WIDTH + BAR_WIDTH / 2}" y="${height - 6}" text-anchor="middle">${escaped(axis)}</text>`;
  return svg(title, width, height, [...ticks, ...drawn, name]);
}

const PLOT_LEFT = 64;
const PLOT_WIDTH = 420;
const PLOT_HEIGHT = 300;
const PLOT_BOTTOM = 52;
const LEGEND_WIDTH = 150;
const PLOT_FRAME = [
  `x="${PLOT_LEFT}" y="${TOP}" width="${PLOT_WIDTH}" height="${PLOT_HEIGHT}"`,
  `viewBox="${PLOT_LEFT} ${TOP} ${PLOT_WIDTH} ${PLOT_HEIGHT}"`,
].join(" ");

/** Lines over two axes from 0; what lies beyond an axis is cut off. */
export function lineChart(axes: Axes, lines: readonly Line[]): string {
  const atX = (x: number) => PLOT_LEFT + (x / axes.xMax) * PLOT_WIDTH;
  const atY = (y: number) => TOP + PLOT_HEIGHT - (y / axes.yMax) * PLOT_HEIGHT;
  const parts = gridOf(axes, atX, atY);
  if (axes.diagonal === true)
    parts.push(`<line class="diagonal" x1="${atX(0)}" y1="${atY(0)}" x2="${atX(axes.xMax)}" y2="${atY(axes.yMax)}"/>`);
  for (const [i, { name, colour, points, notes }] of lines.entries()) {
    const path = points.map(([x, y]) => `${atX(x).toFixed(1)},${atY(y).toFixed(1)}`).join(" ");
    const line = `<polyline class="line ${colour} dash${i}" points="${path}"><title>${escaped(name)}</title></polyline>`;
    // A drawing of its own cuts off what lies beyond the axes.
    parts.push(`<svg ${PLOT_FRAME}>${line}</svg>`);
    for (const [n, note] of (notes ?? []).entries()) {
      const [x, y] = points[n] ?? [0, 0];
      const at = `cx="${atX(x).toFixed(1)}" cy="${atY(y).toFixed(1)}"`;
      parts.push(`<circle class="fill ${colour}" ${at} r="4"><title>${escaped(`${name}: ${note}`)}</title></circle>`);
    }
    const legendY = TOP + 12 + i * 20;
    const legendX = PLOT_LEFT + PLOT_WIDTH + 16;
    parts.push(
      `<line class="line ${colour} dash${i}" x1="${legendX}" x2="${legendX + 26}" y1="${legendY - 4}" y2="${legendY - 4}"/>`,
      `<text x="${legendX + 32}" y="${legendY}">${escaped(name)}</text>`,
    );
  }
  return svg(axes.title, PLOT_LEFT + PLOT_WIDTH + LEGEND_WIDTH, TOP + PLOT_HEIGHT + PLOT_BOTTOM, parts);
}

function gridOf(axes: Axes, atX: (x: number) => number, atY: (y: number) => number): string[] {
  const bottom = TOP + PLOT_HEIGHT;
  const middle = TOP + PLOT_HEIGHT / 2;
  return [
    ...axes.xTicks.map(
      (tick) =>
        `<line class="grid" x1="${atX(tick)}" x2="${atX(tick)}" y1="${TOP}" y2="${bottom}"/>` +
        `<text class="tick" x="${atX(tick)}" y="${bottom + 18}" text-anchor="middle">${escaped(axes.xText(tick))}</text>`,
    ),
    ...axes.yTicks.map(
      (tick) =>
        `<line class="grid" x1="${PLOT_LEFT}" x2="${PLOT_LEFT + PLOT_WIDTH}" y1="${atY(tick)}" y2="${atY(tick)}"/>` +
        `<text class="tick" x="${PLOT_LEFT - 8}" y="${atY(tick) + 4}" text-anchor="end">${escaped(axes.yText(tick))}</text>`,
    ),
    `<text class="axis" x="${PLOT_LEFT + PLOT_WIDTH / 2}" y="${bottom + 42}" text-anchor="middle">${escaped(axes.x)}</text>`,
    `<text class="axis" transform="rotate(-90 14 ${middle})" x="14" y="${middle}" text-anchor="middle">${escaped(axes.y)}</text>`,
  ];
}

function svg(title: string, width: number, height: number, parts: readonly string[]): string {
  const name = escaped(title);
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  return `<svg role="img" aria-label="${name}" ${size} xmlns="http://www.w3.org/2000/svg"><title>${name}</title>${parts.join("")}</svg>`;
}
