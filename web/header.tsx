import type { RegionMap } from "./map.js";
import { useTexts } from "./texts.js";
import type { Language } from "./words.js";

interface HeaderProps {
  readonly city: RegionMap | null;
  /** Newest event time of the answers, ISO 8601; null while there are no data, undefined while there is no answer. */
  readonly asOf: string | null | undefined;
  readonly hasKey: boolean;
  readonly onKey: () => void;
  readonly onLanguage: (language: Language) => void;
}

const LANGUAGES: readonly { readonly language: Language; readonly name: string }[] = [
  { language: "en", name: "English" },
  { language: "zh", name: "中文" },
];

export function Header({ city, asOf, hasKey, onKey, onLanguage }: HeaderProps) {
  const { words, say, time, language } = useTexts();
  return (
    <header class="top">
      <img src="./mark.svg" alt="" width="34" height="34" />
      <div class="title">
        <h1>Lifecircle{city !== null && <span> {city.city}</span>}</h1>
        <p class="tagline">{words.tagline}</p>
      </div>
      <p class="as-of" aria-live="off">
        {asOf === null && words.noData}
        {typeof asOf === "string" && say("asOf", { time: time(asOf) })}
        {city !== null && <span class="quiet"> {say("cityTime", { zone: city.timeZone })}</span>}
      </p>
      <fieldset class="choice">
        <legend class="hidden">{words.language}</legend>
        {LANGUAGES.map((one) => (
          <label key={one.language}>
            <input
              type="radio"
              name="language"
              checked={language === one.language}
              onChange={() => onLanguage(one.language)}
            />
            <span lang={one.language}>{one.name}</span>
          </label>
        ))}
      </fieldset>
      <button type="button" class={hasKey ? "key given" : "key"} onClick={onKey}>
        {hasKey ? words.keyGiven : words.keyNone}
      </button>
    </header>
  );
}
