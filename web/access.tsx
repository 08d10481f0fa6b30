/** Where somebody gives the key. It is kept by this tab alone, and sent to nobody but the server of this page. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useTexts } from "./texts.js";

const COMMAND = "npx lifecircle key create --name me --role admin --data data";

/** How somebody who runs Lifecircle comes to a key. */
export function KeyCommand() {
  const { words } = useTexts();
  return (
    <div class="command">
      <p>{words.keyMake}</p>
      <pre>
        <code>{COMMAND}</code>
      </pre>
    </div>
  );
}

interface AccessProps {
  readonly accessKey: string;
  readonly isOpen: boolean;
  /** Why the server refuses the key in use; null where it does not. */
  readonly refused: string | null;
  readonly onKey: (key: string) => void;
  readonly onClose: () => void;
}

export function AccessDialog({ accessKey, isOpen, refused, onKey, onClose }: AccessProps) {
  const { words, say } = useTexts();
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const submit = (event: Event) => {
    event.preventDefault();
    onKey(text.trim());
    setText("");
    onClose();
  };
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="access">
      <form onSubmit={submit}>
        <h2 id="access">{words.key}</h2>
        {refused !== null && (
          <p class="trouble" role="alert">
            {say("keyWrong", { why: refused })}
          </p>
        )}
        <label>
          <span class="label">{words.key}</span>
          <input
            required
            type="password"
            autocomplete="off"
            pattern="\s*[!-~]+\s*"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <p class="quiet">{words.keyStays}</p>
        <KeyCommand />
        <div class="actions">
          <button type="submit" class="primary">
            {words.keyGive}
          </button>
          {accessKey !== "" && (
            <button type="button" onClick={() => onKey("")}>
              {words.keyForget}
            </button>
          )}
          <button type="button" onClick={onClose}>
            {words.close}
          </button>
        </div>
      </form>
    </dialog>
  );
}
