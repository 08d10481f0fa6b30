/** What a question about people is asked for: it stands in the audit log, in the form that the API takes. */
import { useTexts } from "./texts.js";

export function PurposeField({ value, onChange }: { value: string; onChange: (purpose: string) => void }) {
  const { words } = useTexts();
  return (
    <label>
      <span class="label">{words.purpose}</span>
      <input
        required
        pattern="[A-Za-z][A-Za-z0-9 _.\-]{1,63}"
        placeholder={words.purposeSays}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </label>
  );
}
