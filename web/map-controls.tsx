/** What the map shows and when, its legend, and the same as a table. */

import { type View, WHOLE, zoomed } from "./map-shapes.js";
import type { Layer, Presence } from "./presence.js";
import { useTexts } from "./texts.js";

const HOURS_MAX = 47;
const ROWS_MAX = 100;

interface MapControlsProps {
  readonly levels: readonly number[];
  readonly areas: readonly { readonly resolution: number; readonly area: number }[];
  readonly layer: Layer;
  readonly hoursAgo: number;
  /** Null where the store has none; undefined until there is an answer. */
  readonly slotMs: number | null | undefined;
  /** The newest slot tells of nobody, so this is one before it. */
  readonly isEarlier: boolean;
  readonly view: View;
  readonly onLayer: (layer: Layer) => void;
  readonly onHoursAgo: (hours: number) => void;
  readonly onView: (view: View) => void;
}

export function MapControls(props: MapControlsProps) {
  const { words } = useTexts();
  const { view, onView } = props;
  return (
    <div class="controls">
      <LayerChoice {...props} />
      <TimeChoice {...props} />
      <div class="zoom">
        <button type="button" aria-label={words.zoomIn} title={words.zoomIn} onClick={() => onView(zoomed(view, 1.6))}>
          +
        </button>
        <button
          type="button"
          aria-label={words.zoomOut}
          title={words.zoomOut}
          disabled={view.scale === 1}
          onClick={() => onView(zoomed(view, 1 / 1.6))}
        >
          −
        </button>
        <button type="button" disabled={view.scale === 1} onClick={() => onView(WHOLE)}>
          {words.wholeCity}
        </button>
      </div>
    </div>
  );
}

type LayerChoiceProps = Pick<MapControlsProps, "levels" | "areas" | "layer" | "onLayer">;

function LayerChoice({ levels, areas, layer, onLayer }: LayerChoiceProps) {
  const texts = useTexts();
  const layers: readonly { readonly layer: Layer; readonly text: string }[] = [
    ...levels.map((level) => ({ layer: { by: "region", level } as const, text: texts.say("level", { level }) })),
    ...areas.map(({ resolution, area }) => ({
      layer: { by: "h3", resolution } as const,
      text: texts.say("hexagons", { area: area < 1 ? area.toFixed(1) : texts.number(area) }),
    })),
  ];
  const idOf = (one: Layer) => (one.by === "region" ? `level ${one.level}` : `h3 ${one.resolution}`);
  return (
    <label>
      <span class="label">{texts.words.layer}</span>
      <select
        value={idOf(layer)}
        onChange={(event) => {
          const chosen = layers.find((one) => idOf(one.layer) === event.currentTarget.value);
          if (chosen !== undefined) onLayer(chosen.layer);
        }}
      >
        {layers.map((one) => (
          <option key={idOf(one.layer)} value={idOf(one.layer)}>
            {one.text}
          </option>
        ))}
      </select>
    </label>
  );
}

type TimeChoiceProps = Pick<MapControlsProps, "hoursAgo" | "slotMs" | "isEarlier" | "onHoursAgo">;

function TimeChoice({ hoursAgo, slotMs, isEarlier, onHoursAgo }: TimeChoiceProps) {
  const texts = useTexts();
  const { words } = texts;
  const time = slotMs === undefined ? words.loading : slotMs === null ? words.noData : texts.time(slotMs);
  return (
    <label class="time">
      <span class="label">
        {hoursAgo > 0 ? words.earlier : isEarlier ? words.lastTold : words.live}: <output>{time}</output>
      </span>
      <input
        type="range"
        min={-HOURS_MAX}
        max={0}
        value={-hoursAgo}
        disabled={slotMs === null || slotMs === undefined}
        aria-valuetext={time}
        onInput={(event) => onHoursAgo(-Number(event.currentTarget.value))}
      />
    </label>
  );
}

interface LegendProps {
  readonly presence: Presence;
  /** Lower bounds of the classes of colour. */
  readonly bounds: readonly number[];
}

export function Legend({ presence: { peopleMin }, bounds }: LegendProps) {
  const texts = useTexts();
  return (
    <ul class="classes">
      {bounds
        .map((bound, i) => (
          <li key={bound}>
            <span class={`swatch tone${i}`} aria-hidden="true" /> {rangeText(bound, bounds[i + 1])}
          </li>
        ))
        .reverse()}
      <li>
        <span class="swatch none" aria-hidden="true" /> {texts.say("legendRest", { least: 2 * peopleMin })}
      </li>
    </ul>
  );

  function rangeText(bound: number, next: number | undefined): string {
    if (next === undefined) return `${texts.number(bound)}+`;
    const last = next - peopleMin;
    return last <= bound ? texts.number(bound) : `${texts.number(bound)}–${texts.number(last)}`;
  }
}

interface MapFootProps {
  readonly presence: Presence;
  readonly names: ReadonlyMap<string, string>;
}

export function MapFoot({ presence: { places, peopleMin, within }, names }: MapFootProps) {
  const texts = useTexts();
  const { words } = texts;
  const sorted = [...places].toSorted(([, a], [, b]) => b - a).slice(0, ROWS_MAX);
  return (
    <div class="foot">
      {places.size === 0 && <p class="note">{words.mapNone}</p>}
      <p class="quiet">{texts.say("precise", { k: peopleMin, within })}</p>
      {sorted.length > 0 && (
        <details>
          <summary>{words.asTable}</summary>
          <table>
            <thead>
              <tr>
                <th scope="col">{words.place}</th>
                <th scope="col">{words.people}</th>
              </tr>
            </thead>
            <tbody>
              {sorted.map(([place, people]) => (
                <tr key={place}>
                  <td>{names.get(place) ?? place}</td>
                  <td>{texts.number(people)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </div>
  );
}
