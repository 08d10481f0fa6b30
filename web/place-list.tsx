/** The places with most people beside the map, and all of them in a table. */
import { Bar } from "./charts.js";
import type { Presence } from "./presence.js";
import { useTexts } from "./texts.js";

const SHOWN = 12;

interface PlaceListProps {
  readonly presence: Presence;
  readonly names: ReadonlyMap<string, string>;
  readonly pointed: string | null;
  readonly onPoint: (place: string | null) => void;
}

export function PlaceList({ presence: { places }, names, pointed, onPoint }: PlaceListProps) {
  const texts = useTexts();
  const sorted = [...places].toSorted(([, a], [, b]) => b - a);
  const greatest = sorted[0]?.[1] ?? 1;
  if (sorted.length === 0) return null;
  return (
    <div class="ranking">
      <h3>{texts.words.mostPeople}</h3>
      <ol onPointerLeave={() => onPoint(null)}>
        {sorted.slice(0, SHOWN).map(([place, people]) => (
          <li key={place} class={pointed === place ? "pointed" : ""} onPointerOver={() => onPoint(place)}>
            <span class="name">{names.get(place) ?? place}</span>
            <span class="people">{texts.number(people)}</span>
            <Bar share={people / greatest} />
          </li>
        ))}
      </ol>
      <p class="quiet">{texts.say("placesTold", { count: texts.number(sorted.length) })}</p>
    </div>
  );
}
