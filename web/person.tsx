/** Search for one subscriber, by pseudonym or by raw id, with the purpose that stands in the audit log. */
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../src/http/client.js";
import { clientWith, isRefusal } from "./answers.js";
import { PeopleNeedKey, Trouble } from "./notes.js";
import { type Panorama, PanoramaView } from "./panorama.js";
import { PurposeField } from "./purpose-field.js";
import { useTexts } from "./texts.js";

/** Whom to look for, and why. */
export interface Wanted {
  readonly id: string;
  readonly isRaw: boolean;
  readonly purpose: string;
}

interface PersonProps {
  readonly accessKey: string;
  /** Asked for elsewhere on the page; null: nobody. */
  readonly wanted: Wanted | null;
  readonly onWanted: (wanted: Wanted) => void;
  readonly onPerson: (person: Panorama | null) => void;
  readonly onKey: () => void;
}

export function Person({ accessKey, wanted, onWanted, onPerson, onKey }: PersonProps) {
  const { words } = useTexts();
  const [person, setPerson] = useState<Panorama | null>(null);
  const [error, setError] = useState<unknown>(null);
  const show = (found: Panorama | null, reason: unknown) => {
    setPerson(found);
    setError(reason);
    onPerson(found);
  };
  useEffect(() => {
    let isOver = false;
    show(null, null);
    if (wanted === null || accessKey === "") return;
    look(accessKey, wanted).then(
      (found) => isOver || show(found, null),
      (reason: unknown) => isOver || show(null, reason),
    );
    return () => {
      isOver = true;
    };
  }, [accessKey, wanted]);
  const isUnknown = error instanceof ApiError && error.status === 404;
  return (
    <section class="person" aria-labelledby="person">
      <header>
        <h2 id="person">{words.person}</h2>
        <p class="quiet">{words.personSays}</p>
      </header>
      {accessKey === "" ? <PeopleNeedKey onKey={onKey} /> : <Search onWanted={onWanted} />}
      <div aria-live="polite">
        {isUnknown && <p class="note">{words.notKnown}</p>}
        {error !== null && !isUnknown && <Trouble error={error} />}
        {error !== null && isRefusal(error) && <p class="quiet">{words.keyNeeded}</p>}
        {wanted !== null && person === null && error === null && accessKey !== "" && (
          <p class="quiet">{words.loading}</p>
        )}
        {person !== null && <PanoramaView person={person} />}
      </div>
    </section>
  );
}

async function look(accessKey: string, { id, isRaw, purpose }: Wanted): Promise<Panorama> {
  const client = clientWith(accessKey, purpose);
  const subscriber = isRaw ? (await client.lookupSubscriber({ body: { id } })).subscriber : id;
  return client.getSubscriber({ params: { subscriber } });
}

function Search({ onWanted }: { onWanted: (wanted: Wanted) => void }) {
  const { words } = useTexts();
  const [isRaw, setRaw] = useState(false);
  const [id, setId] = useState("");
  const [purpose, setPurpose] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    onWanted({ id: id.trim(), isRaw, purpose: purpose.trim() });
    // A raw id does not stay on the screen.
    if (isRaw) setId("");
  };
  return (
    <form class="search" onSubmit={submit}>
      <fieldset class="choice">
        <legend class="label">{words.search}</legend>
        {[false, true].map((raw) => (
          <label key={String(raw)}>
            <input type="radio" name="id-kind" checked={isRaw === raw} onChange={() => setRaw(raw)} />
            <span>{raw ? words.rawId : words.pseudonym}</span>
          </label>
        ))}
      </fieldset>
      <label class="wide">
        <span class="label">{isRaw ? words.rawIdSays : words.pseudonym}</span>
        <input
          required
          autocomplete="off"
          spellcheck={false}
          inputMode={isRaw ? "text" : "numeric"}
          pattern={isRaw ? ".+" : "[0-9]{1,20}"}
          value={id}
          onInput={(event) => setId(event.currentTarget.value)}
        />
      </label>
      <PurposeField value={purpose} onChange={setPurpose} />
      <button type="submit" class="primary">
        {words.search}
      </button>
    </form>
  );
}
