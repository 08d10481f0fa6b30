import { createReadStream } from "node:fs";
import { createGunzip, type Gunzip } from "node:zlib";

const PLAIN_CHUNK_BYTES = 1024 * 1024;
const GZIP_CHUNK_BYTES = 128 * 1024;
const UNPACKED_CHUNK_BYTES = 256 * 1024;

/** The gzip data of a file are cut short or damaged; what came before was given out. */
export class BrokenGzip extends Error {
  override readonly name = "BrokenGzip";
  readonly isTruncated: boolean;

  constructor(cause: NodeJS.ErrnoException) {
    super(cause.message, { cause });
    this.isTruncated = cause.code === "Z_BUF_ERROR";
  }
}

/** The bytes of a file in order. */
export function plainChunks(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: PLAIN_CHUNK_BYTES });
}

/**
 * The unpacked bytes of a gzip file (RFC 1952) of one or more members. All that can be unpacked is given out before BrokenGzip is
 * thrown: a stream that is iterated drops what it holds when it fails, so the output is collected for each piece of input.
 */
export async function* gzipChunks(path: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: UNPACKED_CHUNK_BYTES });
  const unpacked: Buffer[] = [];
  gunzip.on("data", (chunk: Buffer) => unpacked.push(chunk));
  try {
    const packed: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: GZIP_CHUNK_BYTES });
    for await (const chunk of packed) {
      await write(gunzip, chunk);
      yield* unpacked.splice(0);
    }
    await end(gunzip);
    yield* unpacked.splice(0);
  } catch (error) {
    yield* unpacked.splice(0);
    throw error;
  } finally {
    gunzip.destroy();
  }
}

/** Resolves when all that the chunk unpacks to was given out; the last of it may come one turn of the event loop after the write. */
function write(gunzip: Gunzip, chunk: Buffer): Promise<void> {
  return untilDone(gunzip, (done) => gunzip.write(chunk, () => setImmediate(done)));
}

function end(gunzip: Gunzip): Promise<void> {
  return untilDone(gunzip, (done) => {
    gunzip.once("end", done);
    gunzip.end();
  });
}

function untilDone(gunzip: Gunzip, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(new BrokenGzip(error));
    gunzip.once("error", fail);
    start(() => {
      gunzip.off("error", fail);
      resolve();
    });
  });
}
