/**
 * Exports: the people of an audience as they were at one moment, kept in the store for some days, so that a file of them can be had again,
 * or from where it broke off, with the same bytes. A person who is to be forgotten goes from here too; an export that lost one, or holds one
 * who has opted out since, is given to nobody any more.
 */
import { createHash, randomBytes } from "node:crypto";
import type { ExportFormat } from "../audience/export-format.js";
import type { ExcludedNow } from "../store/audience-index.js";
import { insertRowBinary, type StoreClient } from "../store/client.js";
import { EXPORT_DAYS } from "../store/migrations/0005-audiences.js";
import { LONG_PARAMETERS, pseudonymsOf } from "../store/pseudonyms.js";
import { CHUNK_PEOPLE, fileOf } from "./formats.js";

export interface NewExport {
  /** Id of the saved audience, empty where none was. */
  readonly audience: string;
  readonly version: number;
  readonly text: string;
  readonly format: ExportFormat;
  readonly asOfMs: number;
  /** Who makes it. */
  readonly madeBy: string;
}

export interface Export extends NewExport {
  /** 16 hexadecimal digits. */
  readonly export: string;
  readonly people: number;
  /** Of the file. */
  readonly bytes: number;
  readonly sha256: string;
  readonly madeMs: number;
}

const DAY_MS = 86_400_000;
const ROW_BYTES = 16;

export class Exports {
  private readonly client: StoreClient;
  private readonly excluded: ExcludedNow;

  constructor(client: StoreClient, excluded: ExcludedNow) {
    this.client = client;
    this.excluded = excluded;
  }

  /** Keeps these people. @param people pseudonyms, ascending, each once */
  async make(wanted: NewExport, people: BigUint64Array): Promise<Export> {
    const id = randomBytes(8).readBigUInt64LE();
    const hash = createHash("sha256");
    let bytes = 0;
    const kept = async function* (this: Exports) {
      for (let at = 0; at < people.length; at += CHUNK_PEOPLE) {
        const chunk = people.subarray(at, at + CHUNK_PEOPLE);
        await this.keep(id, chunk);
        yield chunk;
      }
    };
    for await (const part of fileOf(wanted.format, kept.call(this))) {
      hash.update(part);
      bytes += part.length;
    }
    const made: Export = {
      ...wanted,
      export: id.toString(16).padStart(16, "0"),
      people: people.length,
      bytes,
      sha256: hash.digest("hex"),
      madeMs: Math.floor(Date.now() / 1000) * 1000,
    };
    await this.client.insert({ table: "exports_rows", format: "JSONEachRow", values: [rowOf(id, made)] });
    return made;
  }

  /** Null for an unknown id, and one that is too old. */
  async get(id: string): Promise<Export | null> {
    const answer = await this.client.query({
      query: `SELECT audience, version, text, format, people, bytes, sha256, toUnixTimestamp(as_of) AS asOfSec, made_by AS madeBy,
  toUnixTimestamp(made) AS madeSec FROM exports_rows FINAL WHERE export = {id:UInt64}`,
      query_params: { id: numberOf(id) },
      format: "JSONEachRow",
    });
    const [row] = await answer.json<ExportRow>();
    if (row === undefined || row.madeSec * 1000 < Date.now() - EXPORT_DAYS * DAY_MS) return null;
    const { asOfSec, madeSec, people, bytes, ...rest } = row;
    return {
      ...rest,
      export: id,
      people: Number(people),
      bytes: Number(bytes),
      asOfMs: asOfSec * 1000,
      madeMs: madeSec * 1000,
    };
  }

  /** Whether it still has everybody whom it had, and none of them has to be left out by now. */
  async isWhole(made: Export): Promise<boolean> {
    const excluded = this.excluded().map(({ hi, lo }) => (BigInt(hi) << 32n) | BigInt(lo));
    const answer = await this.client.query({
      query: `SELECT count() AS people, countIf(subscriber IN {excluded:Array(UInt64)}) AS out
FROM export_people_rows WHERE export = {id:UInt64}`,
      query_params: { id: numberOf(made.export), excluded },
      ...LONG_PARAMETERS,
      format: "JSONEachRow",
    });
    const [found] = await answer.json<{ people: string; out: string }>();
    return Number(found?.people) === made.people && Number(found?.out) === 0;
  }

  /** Its people in chunks of CHUNK_PEOPLE, ascending. */
  people(made: Export): AsyncGenerator<BigUint64Array> {
    const query = "SELECT subscriber FROM export_people_rows WHERE export = {id:UInt64} ORDER BY subscriber";
    return pseudonymsOf(this.client, query, { id: numberOf(made.export) }, CHUNK_PEOPLE);
  }

  /** Its file, or the bytes of it from `first` to `last`. */
  async *file(
    made: Export,
    { first, last }: { readonly first: number; readonly last: number } = { first: 0, last: Number.POSITIVE_INFINITY },
  ): AsyncGenerator<Uint8Array> {
    let at = 0;
    for await (const part of fileOf(made.format, this.people(made))) {
      const wanted = part.subarray(Math.max(0, first - at), Math.max(0, last + 1 - at));
      if (wanted.length > 0) yield wanted;
      at += part.length;
      if (at > last) return;
    }
  }

  private async keep(id: bigint, people: BigUint64Array): Promise<void> {
    const rows = Buffer.allocUnsafe(people.length * ROW_BYTES);
    for (let i = 0; i < people.length; i++) {
      rows.writeBigUInt64LE(id, i * ROW_BYTES);
      rows.writeBigUInt64LE(people[i] as bigint, i * ROW_BYTES + 8);
    }
    await insertRowBinary(this.client, "export_people_rows", ["export", "subscriber"], rows);
  }
}

type ExportRow = Omit<Export, "export" | "people" | "bytes" | "asOfMs" | "madeMs"> & {
  readonly people: string;
  readonly bytes: string;
  readonly asOfSec: number;
  readonly madeSec: number;
};

function numberOf(id: string): bigint {
  return BigInt(`0x${id}`);
}

function rowOf(id: bigint, { madeBy, asOfMs, madeMs, export: _, ...made }: Export) {
  const seconds = { as_of: Math.floor(asOfMs / 1000), made: Math.floor(madeMs / 1000) };
  return { ...made, ...seconds, export: id.toString(), made_by: madeBy };
}
