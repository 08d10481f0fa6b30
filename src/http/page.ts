/** The files of the page, as `npm run build` makes them from web/. They hold nothing about anybody: what they show they ask below `/v1`. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The file at a path of the URL, or null where there is none. */
export type Page = (path: string, headers: Headers) => Response | null;

export const PAGE_FOLDER = fileURLToPath(new URL("../page", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Nothing from elsewhere, nothing within the text, nobody frames it. */
const SAFE = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Reads the files of a folder once; other types than those of a page are not served. A folder that is not there has a page that says so. */
export function readPage(folder: string): Page {
  if (!existsSync(join(folder, "index.html"))) return notBuilt;
  const files = new Map<string, ReturnType<typeof fileOf>>(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [`/${relative(folder, path)}`, fileOf(path)] as const;
      }),
  );
  return (path, headers) => {
    const file = files.get(path === "/" ? "/index.html" : path);
    if (file === undefined) return null;
    if (headers.get("if-none-match") === file.headers.etag) {
      return new Response(null, { status: 304, headers: file.headers });
    }
    return new Response(file.bytes, { headers: file.headers });
  };
}

function fileOf(path: string) {
  const bytes = readFileSync(path);
  const headers = {
    ...SAFE,
    "content-type": TYPES[extname(path)] as string,
    etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
    // The names of assets hold a hash of what is in them.
    "cache-control": path.includes("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
  };
  return { bytes, headers };
}

function notBuilt(path: string): Response | null {
  if (path !== "/") return null;
  return new Response("The page is not built; `npm run setup` builds it.\n", {
    status: 404,
    headers: { ...SAFE, "content-type": "text/plain; charset=utf-8" },
  });
}
