/** The map as an SVG: the ground with its borders, coloured places, labels, and the places of one subscriber. */
import { useRef } from "preact/hooks";
import { classOf, type Label, labelsThatFit, MAP_HEIGHT, MAP_WIDTH, type Shape, type View } from "./map-shapes.js";

export interface Pin {
  readonly kind: "home" | "day" | "other";
  readonly x: number;
  readonly y: number;
}

interface MapCanvasProps {
  readonly label: string;
  readonly ground: readonly Shape[];
  readonly places: readonly Shape[];
  readonly people: ReadonlyMap<string, number>;
  /** Lower bounds of the classes of colour. */
  readonly bounds: readonly number[];
  /** Heaviest first. */
  readonly labels: readonly Label[];
  readonly pins: readonly Pin[];
  readonly view: View;
  readonly pointed: string | null;
  readonly onView: (view: View) => void;
  readonly onPoint: (place: string | null) => void;
  readonly onChoose: (place: Shape) => void;
}

/** Less than this is a click. */
const DRAG_MIN = 4;

export function MapCanvas(props: MapCanvasProps) {
  const { ground, places, people, bounds, view, pointed } = props;
  const drag = useDrag(view, props.onView);
  const placeUnder = (event: Event) => (event.target as Element).getAttribute("data-place");
  const handlers = {
    ...drag.handlers,
    onPointerOver: (event: PointerEvent) => props.onPoint(placeUnder(event)),
    onPointerLeave: () => props.onPoint(null),
    onClick(event: MouseEvent) {
      const place = places.find(({ id }) => id === placeUnder(event));
      if (drag.isClick() && place !== undefined) props.onChoose(place);
    },
  };
  return (
    <svg class="map" viewBox={`0 0 ${MAP_WIDTH} ${MAP_HEIGHT}`} role="img" aria-label={props.label} {...handlers}>
      <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
        {ground.map(({ id, path }) => (
          <path key={id} class="ground" d={path} />
        ))}
        {places.map((place) => {
          const count = people.get(place.id);
          const tone = count === undefined ? "none" : `tone${classOf(bounds, count)}`;
          return (
            <path
              key={place.id}
              class={`place ${tone} ${pointed === place.id ? "pointed" : ""}`}
              d={place.path}
              data-place={place.id}
            />
          );
        })}
        {ground.map(({ id, path }) => (
          <path key={id} class="border" d={path} />
        ))}
      </g>
      <Labels labels={props.labels} view={view} people={people} />
      {props.pins.map(({ kind, x, y }) => (
        <circle
          key={`${kind} ${x} ${y}`}
          class={`pin ${kind}`}
          cx={x * view.scale + view.x}
          cy={y * view.scale + view.y}
          r="7"
        />
      ))}
    </svg>
  );
}

function Labels({ labels, view, people }: Pick<MapCanvasProps, "labels" | "view" | "people">) {
  const seen = labels.map((label) => ({
    ...label,
    x: label.x * view.scale + view.x,
    y: label.y * view.scale + view.y,
  }));
  return (
    <g class="labels">
      {labelsThatFit(seen).map(({ id, text, x, y }) => (
        <text key={id} x={x} y={y}>
          <tspan x={x}>{text}</tspan>
          {people.has(id) && (
            <tspan class="count" x={x} dy="15">
              {people.get(id)}
            </tspan>
          )}
        </text>
      ))}
    </g>
  );
}

/** Moving the map with the pointer, in units of its viewBox. */
function useDrag(view: View, onView: (view: View) => void) {
  const start = useRef<{ x: number; y: number; view: View } | null>(null);
  const moved = useRef(0);
  const handlers = {
    onPointerDown(event: PointerEvent) {
      start.current = { x: event.clientX, y: event.clientY, view };
      moved.current = 0;
    },
    onPointerMove(event: PointerEvent) {
      const from = start.current;
      const map = event.currentTarget as SVGSVGElement;
      if (from === null || event.buttons === 0) return;
      moved.current = Math.max(moved.current, Math.hypot(event.clientX - from.x, event.clientY - from.y));
      if (moved.current < DRAG_MIN || from.view.scale === 1) return;
      const unit = MAP_WIDTH / map.getBoundingClientRect().width;
      const x = from.view.x + (event.clientX - from.x) * unit;
      onView({ ...from.view, x, y: from.view.y + (event.clientY - from.y) * unit });
    },
    onPointerUp() {
      start.current = null;
    },
  };
  return { handlers, isClick: () => moved.current < DRAG_MIN };
}
