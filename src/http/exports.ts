import { Readable } from "node:stream";
import { type Export, Exports } from "../activation/exports.js";
import { publishExport } from "../activation/publish-export.js";
import { SavedAudiences } from "../activation/saved.js";
import { MEDIA_TYPES } from "../audience/export-format.js";
import { atHomeIn } from "../audience/homes.js";
import { printAudience } from "../audience/print.js";
import { EXPORT_DAYS } from "../store/migrations/0005-audiences.js";
import type { Principal } from "./access/principal.js";
import { Places } from "./access/rate.js";
import { meant } from "./audience-question.js";
import { asOfOf } from "./audiences.js";
import { type ByteRange, byteRange } from "./byte-range.js";
import type { EXPORT_OPERATIONS } from "./export-operations.js";
import type { Answers } from "./operation.js";
import { Problem } from "./problem.js";
import { isoOf, type Services } from "./services.js";
import { takenSoon } from "./taken-soon.js";

const DAY_SEC = 86_400;
/** At once: a slow reader must not keep the others from asking. */
const DOWNLOADS_MAX = 2;
/** For which nothing is taken of one: a browser whose download was paused would have its place for ever. It goes on with `Range`. */
const IDLE_MS_MAX = 60_000;

type Needed = Pick<Services, "knownNames" | "store" | "audiences" | "excluded" | "notices" | "disclosure" | "scopeOf">;

export function exportAnswers(services: Needed): Answers<typeof EXPORT_OPERATIONS> {
  const exports = new Exports(services.store, services.excluded);
  const audiences = new SavedAudiences(services.store);
  const downloads = new Places(DOWNLOADS_MAX);
  return {
    async createExport({ body, principal, told }) {
      const index = await services.audiences();
      const { expression, saved } = await meant(body, "body", services.knownNames(), audiences);
      const { regions } = services.scopeOf(principal);
      const people = index.pseudonymsIn(await index.people(atHomeIn(expression, regions)));
      const { peopleMin } = services.disclosure;
      if (people.length < peopleMin)
        throw new Problem(409, `fewer than ${peopleMin} people are in it`, "ask for a larger audience");
      told(people.length);
      const wanted = {
        audience: saved?.audience ?? "",
        version: saved?.version ?? 0,
        text: printAudience(expression),
        format: body.format,
        asOfMs: index.asOfMs,
        madeBy: principal.id,
      };
      return { ...asOfOf(index), ...shown(await exports.make(wanted, people)) };
    },
    async getExport({ params, principal }) {
      return shown(await exportFor(exports, params.export, principal));
    },
    async downloadExport({ params, principal, headers, signal, told }) {
      const made = await exportFor(exports, params.export, principal);
      const range = rangeOf(made, headers);
      const leave = downloads.enter();
      if (leave === null)
        throw new Problem(429, "other downloads are under way", "ask again in a little", [], { "retry-after": "5" });
      signal.addEventListener("abort", leave, { once: true });
      told(made.people);
      return fileResponse(made, range, untilEnd(exports.file(made, range ?? undefined), leave));
    },
    async publishExport({ params, principal, told }) {
      const made = await exportFor(exports, params.export, principal);
      told(made.people);
      const published = await publishExport(made, exports, await services.notices());
      return { asOf: isoOf(made.asOfMs / 1000), ...published };
    },
  };
}

/** Throws Problem 404 for one that is not there, too old, or of somebody else, and 409 where somebody in it must not be handed on any more. */
async function exportFor(exports: Exports, id: string, principal: Principal): Promise<Export> {
  const made = await exports.get(id);
  if (made === null || (made.madeBy !== principal.id && !seesAll(principal)))
    throw new Problem(404, `there is no export ${id}`, "make one with POST /v1/exports", [
      { place: "path.export", says: "is not known" },
    ]);
  if (await exports.isWhole(made)) return made;
  throw new Problem(409, "somebody in the export has opted out or is forgotten since", "make the export anew");
}

/** An admin of the whole city. */
function seesAll({ role, regions }: Principal): boolean {
  return role === "admin" && regions === null;
}

async function* untilEnd(parts: AsyncGenerator<Uint8Array>, leave: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* parts;
  } finally {
    leave();
  }
}

function shown({ audience, version, asOfMs, madeMs, madeBy: _, ...made }: Export) {
  return {
    ...made,
    asOf: isoOf(asOfMs / 1000),
    audience: audience === "" ? null : audience,
    version: audience === "" ? null : version,
    made: isoOf(madeMs / 1000),
    until: isoOf(madeMs / 1000 + EXPORT_DAYS * DAY_SEC),
  };
}

/** The part of the file that is asked for; null for the whole, which who asks for a part of another file gets, too. Throws Problem 416. */
function rangeOf(made: Export, headers: Headers): ByteRange | null {
  if ((headers.get("if-range") ?? etagOf(made)) !== etagOf(made)) return null;
  const range = byteRange(headers.get("range"), made.bytes);
  if (range !== "beyond") return range;
  throw new Problem(
    416,
    `the file has ${made.bytes} bytes`,
    "ask for it from the first byte, or you have all of it",
    [],
    {
      "content-range": `bytes */${made.bytes}`,
    },
  );
}

function etagOf({ sha256 }: Export): string {
  return `"${sha256}"`;
}

function fileResponse(made: Export, range: ByteRange | null, file: AsyncGenerator<Uint8Array>): Response {
  const headers: Record<string, string> = {
    "content-type": MEDIA_TYPES[made.format],
    "content-disposition": `attachment; filename="${made.export}.${made.format}"`,
    "accept-ranges": "bytes",
    "cache-control": "no-store",
    etag: etagOf(made),
    "content-length": String(range === null ? made.bytes : range.last - range.first + 1),
    "x-as-of": isoOf(made.asOfMs / 1000),
  };
  if (range !== null) headers["content-range"] = `bytes ${range.first}-${range.last}/${made.bytes}`;
  const body = Readable.toWeb(takenSoon(file, IDLE_MS_MAX)) as ReadableStream;
  return new Response(body, { status: range === null ? 200 : 206, headers });
}
