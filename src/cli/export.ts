/** `lifecircle export`: the people of an audience as a file, or on a NATS subject, by who has the data folder. */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Export, Exports } from "../activation/exports.js";
import { publishExport } from "../activation/publish-export.js";
import { SavedAudiences } from "../activation/saved.js";
import type { ExportFormat } from "../audience/export-format.js";
import { printAudience } from "../audience/print.js";
import type { Config } from "../config/schema.js";
import { createAuditLog } from "../http/access/audit.js";
import { UserError } from "../signal/user-error.js";
import { AudienceIndex } from "../store/audience-index.js";
import type { StoreClient } from "../store/client.js";
import { migrate } from "../store/migrate.js";
import { expressionOf } from "./audience.js";
import { audienceNotices } from "./audience-notices.js";
import { findStore, storeAddress } from "./find-store.js";
import { watchExcluded } from "./privacy.js";
import { pseudonymKey } from "./pseudonym.js";

interface ExportOptions {
  readonly saved?: string;
  readonly resume?: string;
  readonly format: ExportFormat;
  readonly out?: string;
  readonly publish: boolean;
  readonly purpose: string;
  readonly json: boolean;
}

/** @throws UserError where there is no store, no such export, or somebody in it must not be handed on any more */
export async function runExport(text: string | undefined, config: Config, options: ExportOptions): Promise<void> {
  const warn = (message: string) => void process.stderr.write(`${message}\n`);
  const excluded = watchExcluded(config, await pseudonymKey(config, true), warn);
  const target = await findStore(storeAddress(config));
  const notices = audienceNotices(config, warn);
  try {
    await migrate(target.client);
    const exports = new Exports(target.client, excluded);
    const made =
      options.resume === undefined
        ? await make(
            { client: target.client, exports, peopleMin: config.api.peopleMin },
            await AudienceIndex.open(target.client, { excluded }),
            text,
            options,
          )
        : await madeBefore(exports, options.resume);
    await note(target.client, made, options);
    if (!options.json)
      warn(`export ${made.export}: ${made.people} people, as of ${new Date(made.asOfMs).toISOString()}`);
    if (options.out !== undefined) await write(made, exports, options.out, options.resume !== undefined);
    const published = options.publish ? await publishExport(made, exports, await notices.open()) : null;
    if (published !== null && !options.json) warn(`published on ${published.subject}, ${published.messages} messages`);
    const { asOfMs, madeMs: _, madeBy: __, ...shown } = made;
    const answer = { ...shown, asOf: new Date(asOfMs).toISOString(), subject: published?.subject ?? null };
    if (options.json) process.stdout.write(`${JSON.stringify(answer)}\n`);
  } finally {
    await notices.close();
    await target.close();
  }
}

interface MakeParts {
  readonly client: StoreClient;
  readonly exports: Exports;
  /** Fewer people are not handed on. */
  readonly peopleMin: number;
}

async function make(
  { client, exports, peopleMin }: MakeParts,
  index: AudienceIndex,
  text: string | undefined,
  options: ExportOptions,
): Promise<Export> {
  const saved = options.saved === undefined ? null : await new SavedAudiences(client).get(options.saved);
  if (options.saved !== undefined && saved === null)
    throw new UserError(`there is no audience ${options.saved}`, "save it with PUT /v1/audiences/{audience}");
  const expression = saved?.expression ?? expressionOf(text ?? "", index.circles());
  const wanted = {
    audience: saved?.audience ?? "",
    version: saved?.version ?? 0,
    text: printAudience(expression),
    format: options.format,
    asOfMs: index.asOfMs,
    madeBy: whoAsks(),
  };
  const people = index.pseudonymsIn(await index.people(expression));
  if (people.length < peopleMin)
    throw new UserError(`fewer than ${peopleMin} people are in it`, "ask for a larger audience");
  return exports.make(wanted, people);
}

async function madeBefore(exports: Exports, id: string): Promise<Export> {
  const made = /^[0-9a-f]{16}$/.test(id) ? await exports.get(id) : null;
  if (made === null) throw new UserError(`there is no export ${id}`, "make it anew");
  if (await exports.isWhole(made)) return made;
  throw new UserError(
    "somebody in the export has opted out or is forgotten since",
    "remove the file, make the export anew",
  );
}

function whoAsks(): string {
  return `command:${userInfo().username}`;
}

async function note(
  client: StoreClient,
  made: Export,
  { purpose, out, publish, resume }: ExportOptions,
): Promise<void> {
  const audit = createAuditLog(client);
  const question = {
    export: made.export,
    text: made.text,
    format: made.format,
    file: out !== undefined,
    publish,
    resume,
  };
  await audit.write({
    ...{ timeMs: Date.now(), correlator: made.export, principal: whoAsks(), role: "admin", purpose },
    ...{ operation: "export", question: JSON.stringify(question), status: 200, people: made.people },
  });
  await audit.close();
}

/** Writes what the file lacks. @throws UserError for a file that is there already, or does not begin like the export */
async function write(made: Export, exports: Exports, path: string, goesOn: boolean): Promise<void> {
  const from = goesOn && existsSync(path) ? statSync(path).size : 0;
  if (from > 0 && (await hashOf(createReadStream(path), from)) !== (await hashOf(exports.file(made), from)))
    throw new UserError(
      `${path} is no part of the export ${made.export}`,
      "give the file that was begun, or a new one",
    );
  if (!goesOn && existsSync(path))
    throw new UserError(`${path} is there already`, `give another file, with --resume ${made.export}`);
  if (from === made.bytes) return;
  await pipeline(
    Readable.from(exports.file(made, { first: from, last: Number.POSITIVE_INFINITY })),
    createWriteStream(path, { flags: "a", mode: 0o600 }),
  );
}

/** SHA-256 of the first bytes; of all, where there are fewer. */
async function hashOf(parts: AsyncIterable<Uint8Array>, bytes: number): Promise<string> {
  const hash = createHash("sha256");
  let rest = bytes;
  for await (const part of parts) {
    hash.update(part.subarray(0, rest));
    rest -= Math.min(rest, part.length);
    if (rest === 0) break;
  }
  return hash.digest("hex");
}
