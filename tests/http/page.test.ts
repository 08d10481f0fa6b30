import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readPage } from "../../src/http/page.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lifecircle-page-"));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<title>a page</title>");
  writeFileSync(join(folder, "assets/index-x1.js"), "1;");
  writeFileSync(join(folder, "notes.txt"), "not of a page");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NONE = new Headers();

test("the first page and its files have their types; what has a hash in its name is kept, the page is asked for again", async () => {
  const page = readPage(folder);
  const index = page("/", NONE);
  expect(await index?.text()).toBe("<title>a page</title>");
  expect(index?.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(index?.headers.get("cache-control")).toBe("no-cache");
  const script = page("/assets/index-x1.js", NONE);
  expect(script?.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(script?.headers.get("cache-control")).toContain("immutable");
  const again = page("/", new Headers({ "if-none-match": index?.headers.get("etag") ?? "" }));
  expect([again?.status, await again?.text()]).toEqual([304, ""]);
});

test("nothing but its own files may be loaded by it, and nobody may frame it", () => {
  const policy = readPage(folder)("/", NONE)?.headers.get("content-security-policy");
  expect(policy).toContain("default-src 'none'; script-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain("unsafe");
});

test("there is no file beyond those of the folder", () => {
  const page = readPage(folder);
  for (const path of ["/notes.txt", "/assets", "/assets/../../x.js", "/assets/%2e%2e/index.html", "/etc/passwd"]) {
    expect(page(path, NONE)).toBeNull();
  }
});

test("a page that was not built says so", async () => {
  const page = readPage(join(folder, "none"));
  expect(page("/", NONE)?.status).toBe(404);
  expect(await page("/", NONE)?.text()).toContain("npm run setup");
  expect(page("/assets/index-x1.js", NONE)).toBeNull();
});
