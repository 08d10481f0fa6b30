import { afterEach, describe, expect, test } from "vitest";
import type { Access } from "../../src/http/access/authenticate.js";
import { Problem } from "../../src/http/problem.js";
import { type HttpOptions, type HttpServer, startHttp, watermarkCheck } from "../../src/http/server.js";
import { createMetrics } from "../../src/metrics/metrics.js";
import { UserError } from "../../src/signal/user-error.js";

/** Nobody has credentials, and whoever asks is refused. */
const closed: Access = {
  hasCredentials: () => false,
  authenticate: () => Promise.reject(new Problem(401, "no key or token was given", "send one")),
};

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function start(options: Partial<HttpOptions> = {}): Promise<string> {
  const { registry } = createMetrics();
  const server = await startHttp({
    host: "127.0.0.1",
    port: 0,
    remoteAllowed: false,
    registry,
    health: {},
    access: closed,
    api: null,
    page: null,
    ...options,
  });
  open.push(server);
  return server.url;
}

async function refusal(options: Partial<HttpOptions>): Promise<string> {
  const error = await start(options).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as Error).message;
}

describe("what is served", () => {
  test("/metrics is the text that Prometheus reads", async () => {
    const metrics = createMetrics();
    metrics.batch(12);
    const response = await fetch(`${await start({ registry: metrics.registry })}/metrics`);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await response.text()).toContain("\nlifecircle_events_total 12\n");
  });

  test("/healthz answers while the process lives, whatever else is broken", async () => {
    const health = { store: () => ({ ok: false, detail: "down" }) };
    const response = await fetch(`${await start({ health })}/healthz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: "alive" });
  });

  test("/readyz is 200 with every check when all hold", async () => {
    const health = {
      stream: () => ({ ok: true, detail: "nats://a" }),
      store: async () => ({ ok: true, detail: "26.7" }),
    };
    const response = await fetch(`${await start({ health })}/readyz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      ready: true,
      checks: { stream: { ok: true, detail: "nats://a" }, store: { ok: true, detail: "26.7" } },
    });
  });

  test("/readyz is 503 when a check fails, throws, or does not answer in time, and tells which", async () => {
    const health = {
      fails: () => ({ ok: false, detail: "behind" }),
      throws: () => {
        throw new Error("refused for 460001234567890");
      },
      hangs: () => new Promise<never>(() => {}),
      fine: () => ({ ok: true, detail: "" }),
    };
    const response = await fetch(`${await start({ health })}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      ready: false,
      checks: {
        fails: { ok: false, detail: "behind" },
        throws: { ok: false, detail: "refused for [15 digits]" },
        hangs: { ok: false, detail: "no answer within 2000 ms" },
        fine: { ok: true, detail: "" },
      },
    });
  });

  test("anything else is 404", async () => {
    expect((await fetch(`${await start()}/admin`)).status).toBe(404);
  });
});

describe("the watermark check", () => {
  const behind = (seconds: number | null) => ({ watermarkDelaySeconds: () => seconds });

  test("holds before the first event and up to the limit, and fails beyond it", () => {
    expect(watermarkCheck(behind(null), 10)()).toMatchObject({ ok: true });
    expect(watermarkCheck(behind(600), 10)()).toMatchObject({ ok: true });
    expect(watermarkCheck(behind(660), 10)()).toEqual({
      ok: false,
      detail: "11.0 minutes behind the clock, more than 10",
    });
  });

  test("with 0 does not ask", () => {
    expect(watermarkCheck(behind(1e9), 0)()).toMatchObject({ ok: true });
  });
});

describe("what is refused", () => {
  test("a port in use, with what to do", async () => {
    const port = Number(new URL(await start()).port);
    expect(await refusal({ port })).toMatch(
      /http\.port \d+ on 127\.0\.0\.1 is in use by another program\n {2}mend: .*http\.port/,
    );
  });

  test("a host that others can reach, unless the config allows it", async () => {
    for (const host of ["0.0.0.0", "::", "192.0.2.7", "127.0.0.1.example.com"]) {
      expect(await refusal({ host })).toMatch(/can be reached from other machines[\s\S]*http\.remoteAllowed/);
    }
    const url = await start({ host: "0.0.0.0", remoteAllowed: true });
    expect((await fetch(url.replace("0.0.0.0", "127.0.0.1").concat("/healthz"))).status).toBe(200);
  });

  test("with credentials others may reach it, and /metrics asks for them", async () => {
    const access = { ...closed, hasCredentials: () => true };
    const url = (await start({ host: "0.0.0.0", access })).replace("0.0.0.0", "127.0.0.1");
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test("a host that is no address of this machine", async () => {
    expect(await refusal({ host: "192.0.2.7", remoteAllowed: true })).toContain("is no address of this machine");
  });
});

test("close cuts idle connections and frees the port", async () => {
  const server = await startHttp({
    host: "localhost",
    port: 0,
    remoteAllowed: false,
    registry: createMetrics().registry,
    health: {},
    access: closed,
    api: null,
    page: null,
  });
  await (await fetch(`${server.url}/healthz`)).text();
  const before = Date.now();
  await server.close();
  expect(Date.now() - before).toBeLessThan(1000);
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
});
