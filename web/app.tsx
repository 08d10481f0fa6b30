/** The first page: the engine now, where people are, the circles, one subscriber. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { ApiError } from "../src/http/client.js";
import { AccessDialog, KeyCommand } from "./access.js";
import { clientWith, storedKey, storeKey, useAnswer } from "./answers.js";
import { CircleDetail } from "./circle-detail.js";
import { circleTitle } from "./circle-title.js";
import { Circles, useCatalogue } from "./circles.js";
import { Header } from "./header.js";
import { CityMap } from "./map.js";
import type { Panorama } from "./panorama.js";
import { Person, type Wanted } from "./person.js";
import { PulseStrip } from "./pulse.js";
import { createTexts, TextsContext, useTexts } from "./texts.js";
import { chooseLanguage, type Language, preferredLanguage } from "./words.js";

export function App() {
  const [language, setLanguage] = useState<Language>(preferredLanguage);
  const [accessKey, setKey] = useState(storedKey);
  const [isAsking, setAsking] = useState(false);
  const client = useMemo(() => clientWith(accessKey), [accessKey]);
  const city = useAnswer(() => client.listRegions({}), [client], 0);
  const catalogue = useCatalogue(client);
  const timeZone = city.value?.timeZone ?? "UTC";
  const texts = useMemo(() => createTexts(language, timeZone), [language, timeZone]);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    document.title = city.value === null ? "Lifecircle" : `Lifecircle · ${city.value.city}`;
  }, [language, city.value]);
  const giveKey = (key: string) => {
    storeKey(key);
    setKey(key);
  };
  return (
    <TextsContext.Provider value={texts}>
      <Header
        city={city.value}
        asOf={catalogue.value === null ? undefined : catalogue.value.asOf}
        hasKey={accessKey !== ""}
        onKey={() => setAsking(true)}
        onLanguage={(chosen) => {
          chooseLanguage(chosen);
          setLanguage(chosen);
        }}
      />
      <main>
        <PulseStrip accessKey={accessKey} />
        <Everything {...{ accessKey, client, city, catalogue }} onKey={() => setAsking(true)} />
      </main>
      <AccessDialog
        accessKey={accessKey}
        isOpen={isAsking}
        refused={accessKey === "" ? null : refusalOf(catalogue.error)}
        onKey={giveKey}
        onClose={() => setAsking(false)}
      />
    </TextsContext.Provider>
  );
}

interface EverythingProps {
  readonly accessKey: string;
  readonly client: ReturnType<typeof clientWith>;
  readonly city: Parameters<typeof CityMap>[0]["city"];
  readonly catalogue: ReturnType<typeof useCatalogue>;
  readonly onKey: () => void;
}

/** What answers of the API fill: the map follows the circle that is chosen and shows the places of the subscriber that is looked at. */
function Everything({ accessKey, client, city, catalogue, onKey }: EverythingProps) {
  const texts = useTexts();
  const [chosen, setChosen] = useState<string | null>(null);
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const [person, setPerson] = useState<Panorama | null>(null);
  const circle = catalogue.value?.circles.find((one) => one.circle === chosen);
  const title = circle === undefined ? chosen : circleTitle(texts, circle);
  if (refusalOf(catalogue.error) !== null) return <KeyNeeded onKey={onKey} />;
  return (
    <div class="city">
      <CityMap
        client={client}
        city={city}
        circle={chosen === null ? null : { circle: chosen, title: title ?? chosen }}
        person={person}
      />
      <section class="circle-panel" aria-labelledby="circles">
        <h2 id="circles">{texts.words.circles}</h2>
        {chosen === null ? (
          <Circles catalogue={catalogue} onChoose={setChosen} />
        ) : (
          <CircleDetail
            {...{ client, accessKey, onKey }}
            circle={chosen}
            level={city.value?.level ?? 1}
            onBack={() => setChosen(null)}
            onChoose={setChosen}
            onPerson={(id, purpose) => setWanted({ id, isRaw: false, purpose })}
          />
        )}
      </section>
      <Person {...{ accessKey, wanted, onKey }} onWanted={setWanted} onPerson={setPerson} />
    </div>
  );
}

function KeyNeeded({ onKey }: { onKey: () => void }) {
  const { words } = useTexts();
  return (
    <section class="key-needed">
      <h2>{words.keyNumbersNeeded}</h2>
      <KeyCommand />
      <button type="button" class="primary" onClick={onKey}>
        {words.key}
      </button>
    </section>
  );
}

function refusalOf(error: unknown): string | null {
  if (!(error instanceof ApiError) || (error.status !== 401 && error.status !== 403)) return null;
  return (error.problem as { detail?: string } | null)?.detail ?? error.message;
}
