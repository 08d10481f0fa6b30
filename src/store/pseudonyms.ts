/** Pseudonyms out of the store: a column of 64-bit numbers in RowBinary, 80 MB for ten million, alone or with a number beside each. */
import { PRIORITY, type StoreClient } from "./client.js";

const ROW_BYTES = 8;
const NUMBER_BYTES = 4;

/** Lists of people are too long for a URL. */
export const LONG_PARAMETERS = { use_multipart_params_auto: true } as const;

const QUESTION = { ...LONG_PARAMETERS, clickhouse_settings: { priority: String(PRIORITY.questions) } };

/** Calls `take` with both words of each. Errors are those of the client. */
export async function eachPseudonym(
  client: StoreClient,
  query: string,
  parameters: Record<string, unknown>,
  take: (hi: number, lo: number) => void,
): Promise<void> {
  for await (const bytes of binaryRowsOf(client, query, parameters, ROW_BYTES))
    for (let at = 0; at < bytes.length; at += ROW_BYTES) take(bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at));
}

/** The same for rows of a pseudonym and a UInt32. Errors are those of the client. */
export async function eachNumbered(
  client: StoreClient,
  query: string,
  parameters: Record<string, unknown>,
  take: (hi: number, lo: number, number: number) => void,
): Promise<void> {
  const rowBytes = ROW_BYTES + NUMBER_BYTES;
  for await (const bytes of binaryRowsOf(client, query, parameters, rowBytes))
    for (let at = 0; at < bytes.length; at += rowBytes)
      take(bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at), bytes.readUInt32LE(at + ROW_BYTES));
}

/** All of them in chunks of `chunkRows`, the last may be shorter. Errors are those of the client. */
export async function* pseudonymsOf(
  client: StoreClient,
  query: string,
  parameters: Record<string, unknown>,
  chunkRows: number,
): AsyncGenerator<BigUint64Array> {
  let chunk = new BigUint64Array(chunkRows);
  let filled = 0;
  for await (const bytes of binaryRowsOf(client, query, parameters, ROW_BYTES)) {
    for (let at = 0; at < bytes.length; at += ROW_BYTES) {
      chunk[filled++] = bytes.readBigUInt64LE(at);
      if (filled < chunkRows) continue;
      yield chunk;
      chunk = new BigUint64Array(chunkRows);
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}

/** Whole rows, as the chunks of the wire come. */
async function* binaryRowsOf(
  client: StoreClient,
  query: string,
  parameters: Record<string, unknown>,
  rowBytes: number,
): AsyncGenerator<Buffer> {
  const answer = await client.exec({
    query: `${query} FORMAT RowBinary`,
    query_params: parameters,
    ...QUESTION,
  });
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of answer.stream as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % rowBytes);
    yield bytes.subarray(0, whole);
    rest = bytes.subarray(whole);
  }
  if (rest.length > 0) throw new Error(`the store sent ${rest.length} bytes after the last pseudonym`);
}

/** Rows of a short answer. Errors are those of the client. */
export async function rowsOf(
  client: StoreClient,
  query: string,
  params: Record<string, unknown> = {},
): Promise<readonly (readonly unknown[])[]> {
  const answer = await client.query({ query, query_params: params, format: "JSONCompactEachRow", ...QUESTION });
  return answer.json<readonly unknown[]>();
}

/** The one number of an answer, 0 where there is none. */
export async function numberOf(client: StoreClient, query: string): Promise<number> {
  return Number((await rowsOf(client, query))[0]?.[0] ?? 0);
}
