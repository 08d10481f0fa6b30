import { Readable } from "node:stream";

/**
 * A stream of parts, which is cut when nobody takes the next one for so long: who has stopped reading keeps nobody else from it. What was
 * begun is given back.
 */
export function takenSoon(parts: AsyncGenerator<Uint8Array>, idleMsMax: number): Readable {
  const watched = async function* () {
    for await (const part of parts) {
      const tooLong = setTimeout(() => stream.destroy(new Error("nobody reads it any more")), idleMsMax);
      try {
        yield part;
      } finally {
        clearTimeout(tooLong);
      }
    }
  };
  const stream: Readable = Readable.from(watched(), { objectMode: false });
  return stream;
}
