const LINE_FEED = 0x0a;

/** Whole lines, the last one ended by a line feed; or a line that was too long to be kept, and its length. */
export type LineBlock = { readonly lines: Buffer } | { readonly oversizeBytes: number };

/**
 * Cuts a stream of bytes into blocks of whole lines. A last line without a line feed is given one. A line that goes on for more than
 * `lineBytesMax` across chunks is passed over, so that a file without line feeds does not fill the memory.
 */
export async function* lineBlocks(chunks: AsyncIterable<Buffer>, lineBytesMax: number): AsyncGenerator<LineBlock> {
  let rest: Buffer = Buffer.alloc(0);
  let oversizeBytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    if (oversizeBytes > 0) {
      const lineEnd = chunk.indexOf(LINE_FEED);
      oversizeBytes += lineEnd < 0 ? chunk.length : lineEnd;
      if (lineEnd < 0) continue;
      yield { oversizeBytes };
      oversizeBytes = 0;
      from = lineEnd + 1;
    }
    const last = chunk.lastIndexOf(LINE_FEED) + 1;
    if (last > from) {
      yield { lines: joined(rest, chunk.subarray(from, last)) };
      rest = chunk.subarray(last);
    } else {
      rest = joined(rest, chunk.subarray(from));
    }
    if (rest.length > lineBytesMax) {
      oversizeBytes = rest.length;
      rest = Buffer.alloc(0);
    }
  }
  if (oversizeBytes > 0) yield { oversizeBytes };
  else if (rest.length > 0) yield { lines: Buffer.concat([rest, Buffer.of(LINE_FEED)]) };
}

function joined(rest: Buffer, bytes: Buffer): Buffer {
  return rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
}
