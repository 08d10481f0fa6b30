const PAGE_BYTES = 65_536;
/** From here on it counts: what is smaller stays in the cache, and needs none of the addresses that a memory of its own sets aside. */
const ALIGNED_BYTES_MIN = 2 ** 20;

/** The types of the language's own library leave it out. */
declare const WebAssembly: { readonly Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer } };

/**
 * Zeroed bytes, at least so many, that begin with a line of the cache. The C library, which gives an ArrayBuffer its bytes, begins them 16
 * bytes after any multiple of 16, so a record of one line would lie in two for most of its chances; a memory of WebAssembly begins with a page.
 */
export function alignedBuffer(bytes: number): ArrayBuffer {
  if (bytes < ALIGNED_BYTES_MIN) return new ArrayBuffer(bytes);
  try {
    return new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) }).buffer;
  } catch {
    // V8 sets 10 GB of addresses aside for each: where a process may have fewer (`ulimit -v`), a slower buffer is better than none.
    return new ArrayBuffer(bytes);
  }
}

/** Words of a buffer at most: a view of its bytes has 4 GB. */
export const VIEW_WORDS_MAX = 2 ** 30;

export interface Views {
  readonly words: Uint32Array;
  readonly floats: Float32Array;
  readonly halves: Uint16Array;
  readonly bytes: Uint8Array;
}

/** So many words in views of one such buffer. The system makes memory of them when they are first touched. */
export function alignedViews(length: number): Views {
  return viewsOf(alignedBuffer(length * 4), length);
}

/** Such views of a copy of these words, to be read. */
export function copiedViews(words: Uint32Array, length: number): Views {
  return viewsOf(words.slice(0, length).buffer, length);
}

function viewsOf(buffer: ArrayBufferLike, length: number): Views {
  return {
    words: new Uint32Array(buffer, 0, length),
    floats: new Float32Array(buffer, 0, length),
    halves: new Uint16Array(buffer, 0, length * 2),
    bytes: new Uint8Array(buffer, 0, length * 4),
  };
}
