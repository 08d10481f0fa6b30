import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../../src/store/client.js";
import { MIGRATIONS } from "../../src/store/migrate.js";
import { startEmbeddedStore } from "../../src/store/server-process.js";
import { StoreError } from "../../src/store/store-error.js";
import { certificateIn, OPENSSL } from "../certificates.js";
import { startTestServer, type TestServer, temporaryFolder, testOptions } from "./support.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.close();
});

const answering = async (listener: RequestListener) => {
  const http = createServer(listener);
  const port = await new Promise<number>((done) => {
    http.listen(0, "127.0.0.1", () => done((http.address() as AddressInfo).port));
  });
  return { url: `http://127.0.0.1:${port}`, close: () => http.close() };
};

test("two that start at once on an empty database both find the whole schema, and a third changes nothing", async () => {
  const options = testOptions(server.url);
  const stores = await Promise.all([openStore(options), openStore(options)]);
  stores.push(await openStore(options));
  const [first] = stores;
  const answer = await first?.client.query({
    query: "SELECT number, name FROM schema_migrations FINAL ORDER BY number",
    format: "JSONEachRow",
  });
  expect(await answer?.json()).toEqual(MIGRATIONS.map(({ number, name }) => ({ number, name })));
  expect(await first?.isHealthy()).toBe(true);
  await first?.client.insert({
    table: "schema_migrations",
    columns: ["number", "name"],
    values: [{ number: 9999, name: "from the future" }],
    format: "JSONEachRow",
  });
  await expect(openStore(options)).rejects.toThrow("use the newer version");
  await first?.client.command({ query: `DROP DATABASE ${options.database}` });
  for (const store of stores) await store.close();
});

test("a changed time to live is applied at the next start, and rows written before it are gone, whatever time they tell of", async () => {
  const options = testOptions(server.url);
  const clause = async (ttlDays: typeof options.ttlDays) => {
    const store = await openStore({ ...options, ttlDays });
    const answer = await store.client.query({
      query:
        "SELECT extract(engine_full, 'TTL [^)]*\\\\)') AS ttl FROM system.tables WHERE database = currentDatabase() AND name = 'stays_rows'",
      format: "JSONEachRow",
    });
    const [row] = await answer.json<{ ttl: string }>();
    await store.close();
    return row?.ttl;
  };
  expect(await clause(options.ttlDays)).toBe("");
  expect(await clause({ ...options.ttlDays, stays: 90 })).toBe("TTL written + toIntervalDay(90)");
  const old = await openStore({ ...options, ttlDays: { ...options.ttlDays, stays: 90 } });
  const insert =
    "INSERT INTO stays_rows (subscriber, start, written) VALUES (1, now(), now() - INTERVAL 100 DAY), (2, now(), now())";
  await old.client.command({ query: insert });
  await old.client.command({ query: "INSERT INTO stays_rows (subscriber, start) VALUES (3, '2012-08-20 08:00:00')" });
  await old.client.command({ query: "OPTIMIZE TABLE stays_rows FINAL" });
  const kept = await old.client.query({ query: "SELECT subscriber FROM stays ORDER BY subscriber", format: "CSV" });
  expect(await kept.text()).toBe("2\n3\n");
  await old.close();
  expect(await clause({ ...options.ttlDays, stays: 30 })).toBe("TTL written + toIntervalDay(30)");
  expect(await clause(options.ttlDays)).toBe("");
});

test("a wrong column is fatal at once, and names the table", async () => {
  const options = testOptions(server.url);
  const store = await openStore(options);
  const error = await store
    .insertRowBinary("stays_rows", ["no_such"], new Uint8Array([1]))
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StoreError);
  expect(error).toMatchObject({ fault: "fatal", retryable: false });
  expect((error as StoreError).message).toMatch(/^insert into stays_rows: .*no_such/);
  const torn = await store
    .insertRowBinary("rejected_rows", ["time", "reason"], new Uint8Array([1, 2, 3]))
    .catch((thrown: unknown) => thrown);
  expect(torn).toMatchObject({ fault: "fatal" });
  await store.client.command({ query: `DROP DATABASE ${options.database}` });
  await store.close();
});

test("what may pass is tried again a bounded number of times, what cannot pass is not", async () => {
  let requests = 0;
  let code = 241;
  const http = await answering((incoming, outgoing) => {
    requests++;
    incoming.resume();
    outgoing.writeHead(500, { "X-ClickHouse-Exception-Code": String(code) });
    outgoing.end(`Code: ${code}. DB::Exception: said so. (SOME_KIND) (version 1)`);
  });
  await expect(openStore(testOptions(http.url))).rejects.toMatchObject({ fault: "busy", code: 241 });
  expect(requests).toBe(3);
  requests = 0;
  code = 243;
  await expect(openStore(testOptions(http.url))).rejects.toMatchObject({ fault: "busy", retryable: true });
  requests = 0;
  code = 62;
  await expect(openStore(testOptions(http.url))).rejects.toMatchObject({ fault: "fatal", code: 62 });
  expect(requests).toBe(1);
  http.close();
});

test("a server that is away, silent or broken is away, and one that comes back is used", async () => {
  const closed = await answering(() => {});
  closed.close();
  await expect(openStore(testOptions(closed.url))).rejects.toMatchObject({ fault: "away", retryable: true });
  const silent = await answering(() => {});
  await expect(openStore(testOptions(silent.url, { requestMsMax: 100, retriesMax: 1 }))).rejects.toThrow(
    "after 2 tries",
  );
  silent.close();
  const broken = await answering((_, outgoing) => {
    outgoing.writeHead(502);
    outgoing.end("<html>Bad gateway</html>");
  });
  await expect(openStore(testOptions(broken.url))).rejects.toMatchObject({ fault: "away" });
  broken.close();
  if (process.env.LIFECIRCLE_TEST_CLICKHOUSE_URL !== undefined) return;
  const folder = temporaryFolder();
  const port = Number(new URL(closed.url).port);
  const opening = openStore(testOptions(closed.url, { retriesMax: 100, retryMsMax: 100 }));
  const late = await startEmbeddedStore({ dataDir: folder.path, port });
  await (await opening).close();
  await late.close();
  folder.remove();
});

test("a wrong password is fatal, and a certificate file that is missing or wrong is said", async () => {
  const folder = temporaryFolder();
  const options = testOptions("https://127.0.0.1:1", { caFile: join(folder.path, "ca.pem") });
  await expect(openStore(options)).rejects.toThrow("ca.pem cannot be read");
  writeFileSync(join(folder.path, "ca.pem"), "nonsense");
  await expect(openStore({ ...options, retriesMax: 0 })).rejects.toThrow();
  folder.remove();
  if (process.env.LIFECIRCLE_TEST_CLICKHOUSE_URL !== undefined) return;
  const secret = temporaryFolder();
  const locked = await startEmbeddedStore({ dataDir: secret.path, user: "lc", password: "right" });
  await expect(openStore(testOptions(locked.url, { user: "lc", password: "wrong" }))).rejects.toMatchObject({
    fault: "fatal",
    code: 516,
  });
  await (await openStore(testOptions(locked.url, { user: "lc", password: "right" }))).close();
  await locked.close();
  secret.remove();
});

test.skipIf(!existsSync(OPENSSL))(
  "https takes the authority's file, and a stranger's certificate is refused",
  async () => {
    const folder = temporaryFolder();
    const { key, cert } = certificateIn(folder.path, "server");
    const behind = new URL(server.url);
    const proxy = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (inside) => {
      const outside = connect(Number(behind.port), behind.hostname);
      inside.pipe(outside).pipe(inside);
      for (const end of [inside, outside]) end.on("error", () => end.destroy());
    });
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
    const options = testOptions(`https://127.0.0.1:${(proxy.address() as AddressInfo).port}`, { retriesMax: 0 });
    try {
      const store = await openStore({ ...options, caFile: cert });
      expect(await store.isHealthy()).toBe(true);
      await store.client.command({ query: `DROP DATABASE ${options.database}` });
      await store.close();
      await expect(openStore({ ...options, caFile: certificateIn(folder.path, "stranger").cert })).rejects.toThrow(
        /certificate/i,
      );
      await expect(openStore(options)).rejects.toThrow(/certificate/i);
      await expect(openStore({ ...options, caFile: join(folder.path, "absent.pem") })).rejects.toThrow(
        /cannot be read/,
      );
    } finally {
      proxy.close();
      folder.remove();
    }
  },
);
