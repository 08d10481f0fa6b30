/** Where people are: regions or H3 cells, now or earlier, everybody or a circle. Drawn from the city's own outlines, without tiles. */
import { getHexagonAreaAvg, UNITS } from "h3-js";
import { useMemo, useState } from "preact/hooks";
import type { Client } from "../src/http/client.js";
import { type Answered, useAnswer } from "./answers.js";
import { MapCanvas, type Pin } from "./map-canvas.js";
import { Legend, MapControls, MapFoot } from "./map-controls.js";
import {
  classBounds,
  hexagonShape,
  outlineShape,
  project,
  projectionOver,
  type Shape,
  type View,
  viewOf,
  WHOLE,
} from "./map-shapes.js";
import { Trouble } from "./notes.js";
import type { Panorama } from "./panorama.js";
import { PlaceList } from "./place-list.js";
import { askPresence, type Layer, type Presence } from "./presence.js";
import { useTexts } from "./texts.js";

export type RegionMap = Awaited<ReturnType<Client["listRegions"]>>;

const EVERY_MS = 10_000;
/** From some 36 square kilometres to 0.1. */
const RESOLUTIONS = [6, 7, 8, 9];

interface CityMapProps {
  readonly client: Client;
  /** Regions of the coarsest level. */
  readonly city: Answered<RegionMap>;
  /** Only its members; null: everybody. */
  readonly circle: { readonly circle: string; readonly title: string } | null;
  readonly person: Panorama | null;
}

export function CityMap({ client, city, circle, person }: CityMapProps) {
  const { words, say } = useTexts();
  const title = circle === null ? words.everybody : say("ofCircle", { circle: circle.title });
  return (
    <section class="where" aria-labelledby="where">
      <header>
        <h2 id="where">{words.map}</h2>
        <p class="quiet">{title}</p>
      </header>
      {city.value === null && city.error !== null && <Trouble error={city.error} />}
      {city.value === null && city.error === null && <p class="quiet">{words.loading}</p>}
      {city.value !== null && <Drawn client={client} city={city.value} circle={circle} person={person} title={title} />}
    </section>
  );
}

interface DrawnProps extends Omit<CityMapProps, "city"> {
  readonly city: RegionMap;
  readonly title: string;
}

function Drawn({ client, city, circle, person, title }: DrawnProps) {
  const texts = useTexts();
  const [layer, setLayer] = useState<Layer>({ by: "region", level: city.level });
  const [hoursAgo, setHoursAgo] = useState(0);
  const [view, setView] = useState<View>(WHOLE);
  const [pointed, setPointed] = useState<string | null>(null);
  const of = circle?.circle ?? null;
  const presence = useAnswer(() => askPresence(client, layer, of, hoursAgo), [client, layer, of, hoursAgo], EVERY_MS);
  const regions = useRegions(client, city, layer);
  const projection = useMemo(() => projectionOver(city.regions.map(({ outline }) => outline)), [city]);
  const ground = useMemo(() => shapesOf(city, projection), [city, projection]);
  const people = presence.value?.places ?? NOBODY;
  const places = useMemo(() => {
    if (layer.by === "region") return regions === null ? [] : shapesOf(regions, projection);
    return [...people.keys()].filter((id) => /^8[0-9a-f]{14}$/.test(id)).map((id) => hexagonShape(projection, id));
  }, [layer, regions, projection, people]);
  const bounds = useMemo(() => classBounds([...people.values()]), [people]);
  const named = layer.by === "region" && regions !== null ? regions : city;
  const names = useMemo(() => new Map(named.regions.map(({ region, name }) => [region, name || region])), [named]);
  const labelled = layer.by === "region" ? places : ground;
  const weight = ({ id }: Shape) => people.get(id) ?? 0;
  const labels = labelled
    .toSorted((a, b) => weight(b) - weight(a))
    .map(({ id, x, y }) => ({ id, text: names.get(id) ?? id, x, y }));
  const pins = pinsOf(person, projection);
  return (
    <>
      <MapControls
        levels={city.levels}
        areas={AREAS}
        layer={layer}
        hoursAgo={hoursAgo}
        slotMs={presence.value?.slotMs}
        isEarlier={presence.value?.isEarlier === true}
        view={view}
        onLayer={setLayer}
        onHoursAgo={setHoursAgo}
        onView={setView}
      />
      {presence.error !== null && <Trouble error={presence.error} />}
      <div class="shown">
        <div class="frame">
          <MapCanvas
            label={`${texts.words.map}: ${title}`}
            {...{ ground, places, people, bounds, labels, pins, view, pointed }}
            onView={setView}
            onPoint={setPointed}
            onChoose={(place) => setView(view.scale === 1 ? viewOf(place.box) : WHOLE)}
          />
          {presence.value !== null && <Legend presence={presence.value} bounds={bounds} />}
          <Readout place={pointed} name={names.get(pointed ?? "")} people={people.get(pointed ?? "")} />
        </div>
        {presence.value !== null && (
          <PlaceList presence={presence.value} names={names} pointed={pointed} onPoint={setPointed} />
        )}
      </div>
      {presence.value !== null && <MapFoot presence={presence.value} names={names} />}
    </>
  );
}

function pinsOf(person: Panorama | null, projection: ReturnType<typeof projectionOver>): Pin[] {
  return (person?.anchors ?? []).map(({ kind, lon, lat }) => {
    const [x, y] = project(projection, [lon, lat]);
    return { kind, x, y };
  });
}

const NOBODY: Presence["places"] = new Map();
const AREAS = RESOLUTIONS.map((resolution) => ({ resolution, area: getHexagonAreaAvg(resolution, UNITS.km2) }));

/** The regions of the layer; null while they are not there, or for H3 cells. */
function useRegions(client: Client, city: RegionMap, layer: Layer): RegionMap | null {
  const level = layer.by === "region" ? layer.level : city.level;
  const ask = async () => (level === city.level ? city : await client.listRegions({ query: { level } }));
  const { value } = useAnswer(ask, [client, city, level], 0);
  return value?.level === level ? value : null;
}

function shapesOf({ regions }: RegionMap, projection: ReturnType<typeof projectionOver>): Shape[] {
  return regions
    .filter(({ outline }) => outline.length > 0)
    .map(({ region, outline }) => outlineShape(projection, region, outline));
}

interface ReadoutProps {
  readonly place: string | null;
  readonly name: string | undefined;
  readonly people: number | undefined;
}

function Readout({ place, name, people }: ReadoutProps) {
  const texts = useTexts();
  if (place === null) return null;
  return (
    <p class="readout" aria-hidden="true">
      <span>{name ?? texts.words.hexagon}</span>
      <strong>{people === undefined ? texts.words.tooFewHere : texts.number(people)}</strong>
    </p>
  );
}
