import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build, folder, lifecircle, type Running, SOON, until, up } from "./lifecircle.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "./small-city.js";

const ROOT = resolve(import.meta.dirname, "../..");
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const ARGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];
/** Every number told is one of its multiples. */
const PEOPLE_MIN = 15;

const city = folder();
const data = folder();
let running: Running;
let browser: Browser;
let page: Page;
/** What the browser complained of, and what it asked for elsewhere than at the server of the page. */
let complaints: string[] = [];
const outside: string[] = [];

beforeAll(async () => {
  if (CHROMIUM === undefined) return;
  build();
  buildPage();
  writeSmallCity(city.path);
  const file = join(city.path, "signalling.csv");
  writeSignalling(file, smallSignalling(150, 7));
  running = await up(["--geo", city.path, "--data", data.path], SOON);
  const published = await lifecircle(["publish", "--geo", city.path, "--data", data.path, "--in", file, "--close"]);
  expect(published.code, published.stderr).toBe(0);
  await until(async () => (await running.count("SELECT count() FROM memberships")) > 0, "memberships");
  const url = /page +(http:\S+)/.exec(running.stderr)?.[1] ?? "";
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  page = await browser.newPage({ locale: "en-GB", viewport: { width: 1440, height: 1000 } });
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => request.url().startsWith(url) || outside.push(request.url()));
  await page.goto(url);
});

afterAll(async () => {
  await browser?.close();
  running?.interrupt();
  await running?.ended;
  for (const { remove } of [city, data]) remove();
});

/** The page as it is made from web/, where a source is newer. */
function buildPage(): void {
  const made = join(ROOT, "dist/page/index.html");
  const sources = readdirSync(join(ROOT, "web"), { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  const newest = Math.max(...sources.map((file) => statSync(join(file.parentPath, file.name)).mtimeMs));
  if (existsSync(made) && statSync(made).mtimeMs > newest) return;
  execFileSync(process.execPath, [join(ROOT, "node_modules/vite/bin/vite.js"), "build", "web", "--logLevel", "warn"], {
    cwd: ROOT,
  });
}

/** Skipped, with this reason in its name, where no browser is installed. */
const inBrowser = CHROMIUM === undefined ? test.skip : test;
const WHY = CHROMIUM === undefined ? " (skipped: there is no Chromium; apt-get install chromium)" : "";

inBrowser(`without a key the page shows the engine, the map and the circles, and nobody${WHY}`, async () => {
  const figure = (name: string) => page.locator(".figure", { hasText: name }).locator(".value");
  await page.getByRole("heading", { name: "Lifecircle Small" }).waitFor();
  await until(async () => (await figure("Subscribers known").textContent()) === "150", "subscribers");
  expect(await figure("Rejected").textContent()).toMatch(/^\d\.\d+%$/);
  await page.locator(".map .labels text", { hasText: "west" }).waitFor();
  await page.locator(".map .count").first().waitFor();
  const told = await page.locator(".map .count").allTextContents();
  expect(told.length).toBeGreaterThan(0);
  for (const people of told) expect(Number(people) % PEOPLE_MIN).toBe(0);
  await page.getByRole("button", { name: "Home · west" }).waitFor();
  await page.locator(".as-of", { hasText: "Data as of 11 Jan 2026" }).waitFor();
  await page.getByLabel("Show by").selectOption({ index: 1 });
  await page.locator(".map .place.tone0").first().waitFor();
  await page.locator("section.person").getByText("People are shown to who has a key.").waitFor();
  const asked = await page.evaluate(() =>
    fetch("/v1/subscribers/1", { headers: { "x-purpose": "curiosity" } }).then(({ status }) => status),
  );
  expect(asked).toBe(403);
  expect(complaints.filter((text) => !text.includes("403"))).toEqual([]);
});

inBrowser(`with a key a subscriber is found by raw id, which does not stay on the page${WHY}`, async () => {
  const key = await lifecircle(["key", "create", "--name", "me", "--role", "admin", "--data", data.path]);
  // From the first key on everybody needs one.
  await page.getByRole("heading", { name: "This server asks for a key." }).waitFor();
  complaints = [];
  await page.getByRole("button", { name: "No key" }).click();
  await page.getByRole("textbox", { name: "Access key" }).fill(key.stdout.trim());
  await page.getByRole("button", { name: "Use this key" }).click();
  await page.getByText("Raw id", { exact: true }).click();
  const person = page.locator("section.person");
  await person.getByRole("textbox", { name: "IMSI or MSISDN" }).fill("460001234500007");
  await person.getByRole("textbox", { name: "Purpose" }).fill("tests");
  await person.getByRole("button", { name: "Search" }).click();
  await person.locator(".panorama").waitFor();
  expect(await person.locator(".anchors").textContent()).toContain("Home");
  expect(await person.getByText(/^Home · (west|east)$/).count()).toBeGreaterThan(0);
  expect(await page.locator(".map circle.home").count()).toBe(1);
  expect(await page.content()).not.toContain("460001234500007");
  expect(await running.count("SELECT count() FROM audit WHERE purpose = 'tests' AND operation = 'getSubscriber'")).toBe(
    1,
  );
  expect(complaints).toEqual([]);
});

inBrowser(`it speaks Chinese when asked to, also after a reload, and needs nothing from elsewhere${WHY}`, async () => {
  await page.getByText("中文", { exact: true }).click();
  await page.getByRole("heading", { name: "单个用户" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "人在哪里" }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
  await page.locator(".as-of", { hasText: "2026年1月11日" }).waitFor();
  // The key is this tab's alone.
  const kept = await page.evaluate(() => Object.values({ ...localStorage }).join());
  expect(kept).toBe("zh");
  expect(complaints).toEqual([]);
  expect(outside).toEqual([]);
});
