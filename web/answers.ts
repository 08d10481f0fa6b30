/** How the page asks: with the key that somebody gave, which stays in this tab of the browser. */
import { useEffect, useState } from "preact/hooks";
import { ApiError, type Client, createClient } from "../src/http/client.js";

const KEY = "lifecircle.key";
const RETRY_MS = 3000;

/** Where the server is: beside the page. */
const SERVER = new URL(".", document.baseURI).href;

export function storedKey(): string {
  return sessionStorage.getItem(KEY) ?? "";
}

/** An empty text forgets it. */
export function storeKey(key: string): void {
  if (key === "") sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, key);
}

/** The API as somebody with this key sees it; an empty key is none. */
export function clientWith(key: string, purpose = ""): Client {
  return createClient({ url: SERVER, ...(key === "" ? {} : { key }), ...(purpose === "" ? {} : { purpose }) });
}

/** The text of `/metrics`. Rejects with ApiError where it may not be seen. */
export async function askMetrics(key: string): Promise<string> {
  const headers: Record<string, string> = key === "" ? {} : { authorization: `Bearer ${key}` };
  const answer = await fetch(new URL("metrics", SERVER), { headers });
  if (!answer.ok) throw new ApiError(answer.status, await answer.json().catch(() => null), null);
  return answer.text();
}

/** What is known of a question: the last answer, and why there is no newer one. */
export interface Answered<T> {
  readonly value: T | null;
  readonly error: unknown;
}

/**
 * Asks at once, again when the inputs change, and every so often while somebody looks; 0 asks once. What fails is asked again when the
 * server says, unless it was refused. The last answer stays until the next one is there.
 */
export function useAnswer<T>(ask: () => Promise<T>, inputs: readonly unknown[], everyMs: number): Answered<T> {
  const [answered, setAnswered] = useState<Answered<T>>({ value: null, error: null });
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const turn = async () => {
      let nextMs = everyMs;
      try {
        if (!document.hidden) {
          const value = await ask();
          if (!isOver) setAnswered({ value, error: null });
        } else nextMs = Math.max(everyMs, RETRY_MS);
      } catch (error) {
        nextMs = retryMs(error);
        if (!isOver) setAnswered(({ value }) => ({ value: isRefusal(error) ? null : value, error }));
      }
      if (!isOver && nextMs > 0) timer = setTimeout(turn, nextMs);
    };
    void turn();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, inputs);
  return answered;
}

/** Who asks is not known, or may not. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}

function retryMs(error: unknown): number {
  if (!(error instanceof ApiError)) return RETRY_MS;
  if (error.retryAfterSeconds !== null) return error.retryAfterSeconds * 1000;
  return error.status >= 500 ? RETRY_MS : 0;
}
