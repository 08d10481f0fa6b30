import { mkdtempSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { UserError } from "../../src/signal/user-error.js";
import { encodeColumnar } from "../../src/signal/wire.js";
import { type FileSourceOptions, fileSource } from "../../src/source/file.js";
import { Pseudonymiser } from "../../src/source/pseudonym.js";
import type { Delivery } from "../../src/source/source.js";
import { describeBatch } from "../signal/arbitrary.js";

const NOW_MS = Date.UTC(2026, 0, 1);
export const HEADER = "time,subscriber,cell,kind";
export const GOOD = "2012-08-16T02:00:00.831Z,f54277,cgi:460-00-55110-50018,data";

export const folder = mkdtempSync(join(tmpdir(), "lifecircle-files-"));

export async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

export function open(files: string[], options: Partial<FileSourceOptions> = {}) {
  return fileSource({
    files,
    partitions: 4,
    rowsPerBatch: 1000,
    pseudonymiser: new Pseudonymiser(Buffer.from("key")),
    clock: () => NOW_MS,
    aheadMsMax: 60_000,
    lineBytesMax: 1000,
    closeAtEnd: false,
    ...options,
  });
}

export interface Read {
  deliveries: Delivery[];
  error: unknown;
}

export async function read(files: string[], options: Partial<FileSourceOptions> = {}): Promise<Read> {
  const deliveries: Delivery[] = [];
  try {
    for await (const delivery of open(files, options).deliveries(new Map())) deliveries.push(delivery);
  } catch (error) {
    return { deliveries, error };
  }
  return { deliveries, error: null };
}

export const rejectsOf = ({ deliveries }: Read) => deliveries.flatMap(({ rejects }) => rejects);
export const eventsOf = ({ deliveries }: Read) => deliveries.flatMap(({ batch }) => describeBatch(batch));
export const linesOf = ({ deliveries }: Read) => deliveries.flatMap(({ batch }) => [...(batch?.rowNumber ?? [])]);
export const messageOf = ({ error }: Read) => {
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
};

/** The deliveries without what names the file, as one text, since comparing megabytes of values is slow. */
export const contentOf = ({ deliveries }: Read) =>
  deliveries
    .map(({ partition, sequence, batch }) => {
      const message = batch === null ? "" : Buffer.from(encodeColumnar(batch)).toString("base64");
      return `${partition} ${sequence} ${message}`;
    })
    .join("\n");
