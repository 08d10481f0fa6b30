/** What is said where an answer is missing. */
import { ApiError } from "../src/http/client.js";
import { useTexts } from "./texts.js";

/** Why there is no answer, or no newer one. */
export function Trouble({ error }: { error: unknown }) {
  const texts = useTexts();
  return (
    <p class="trouble" role="status">
      {troubleText(error, texts)}
    </p>
  );
}

/** Numbers may be open; who somebody is never is. */
export function PeopleNeedKey({ onKey }: { onKey: () => void }) {
  const { words } = useTexts();
  return (
    <p class="note">
      {words.keyNeeded}{" "}
      <button type="button" class="link" onClick={onKey}>
        {words.keyGiveOne}
      </button>
    </p>
  );
}

function troubleText(error: unknown, { words, say }: ReturnType<typeof useTexts>): string {
  if (!(error instanceof ApiError)) return words.unreachable;
  if (error.status === 401) return words.keyNumbersNeeded;
  if (error.status === 429) return words.busy;
  const detail = (error.problem as { detail?: string } | null)?.detail ?? error.message;
  return error.status === 503 && detail.includes("starting") ? words.starting : say("failed", { why: detail });
}
