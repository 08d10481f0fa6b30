import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connectNats, type NatsConnectionOptions, natsAddress } from "../../../src/source/nats/connect.js";
import { findNatsBinary } from "../../../src/source/nats/server.js";
import { readServerInfo } from "../../../src/source/nats/server-state.js";
import { certificateIn, OPENSSL } from "../../certificates.js";
import { later, tempDir } from "./harness.js";

async function freePort(): Promise<number> {
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => holder.once("listening", done));
  const address = holder.address();
  await new Promise((done) => holder.close(done));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A NATS server as an operator would set it up, with these flags; gives `127.0.0.1:PORT`. */
async function operatorsServer(...flags: string[]): Promise<string> {
  const port = await freePort();
  const binary = findNatsBinary([...(process.env.PATH ?? "").split(":"), "/usr/sbin"]);
  const server: ChildProcess = spawn(binary, ["-a", "127.0.0.1", "-p", String(port), ...flags], { stdio: "ignore" });
  later(() => server.kill());
  for (let i = 0; i < 100 && (await readServerInfo(`nats://127.0.0.1:${port}`)) === null; i++) {
    await new Promise((done) => setTimeout(done, 20));
  }
  return `127.0.0.1:${port}`;
}

async function connects(options: NatsConnectionOptions): Promise<boolean> {
  const connection = await connectNats(options, { name: "test", retryMsMax: 300 });
  const isUp = (await connection.rtt()) >= 0;
  await connection.close();
  return isUp;
}

test("user and password go by options or in the address, and wrong ones are refused at once without being shown", async () => {
  const at = await operatorsServer("--user", "me", "--pass", "s3cret/");
  expect(await connects({ url: `nats://${at}`, user: "me", password: "s3cret/" })).toBe(true);
  expect(await connects({ url: `nats://me:s3cret%2F@${at}` })).toBe(true);
  const wrong = connects({ url: `nats://me:wr0ng@${at}` });
  await expect(wrong).rejects.toThrow(`the NATS server at nats://${at} refuses the credentials`);
  await expect(wrong).rejects.not.toThrow(/wr0ng/);
});

test("a token goes by option or in the address", async () => {
  const at = await operatorsServer("--auth", "t0ken");
  expect(await connects({ url: `nats://${at}`, token: "t0ken" })).toBe(true);
  expect(await connects({ url: `t0ken@${at}` })).toBe(true);
  await expect(connects({ url: `nats://${at}` })).rejects.toThrow(/refuses the credentials/);
});

test.skipIf(!existsSync(OPENSSL))(
  "TLS takes the authority's file, and a stranger's certificate is refused",
  async () => {
    const dir = tempDir();
    const { key, cert } = certificateIn(dir, "server");
    const at = (await operatorsServer("--tls", "--tlscert", cert, "--tlskey", key)).replace("127.0.0.1", "localhost");
    expect(await connects({ url: `tls://${at}`, tls: { caFile: cert } })).toBe(true);
    await expect(
      connects({ url: `tls://${at}`, tls: { caFile: certificateIn(dir, "stranger").cert } }),
    ).rejects.toThrow(/no secure connection .*check stream.tls.caFile/s);
    await expect(connects({ url: `tls://${at}`, tls: { caFile: join(dir, "absent.pem") } })).rejects.toThrow(
      /absent.pem cannot be read/,
    );
  },
);

test("a server that does not answer is tried until the time is over, then named", async () => {
  const port = await freePort();
  const startMs = Date.now();
  await expect(connects({ url: `nats://127.0.0.1:${port}` })).rejects.toThrow(
    `no NATS server answers at nats://127.0.0.1:${port}`,
  );
  expect(Date.now() - startMs).toBeLessThan(2000);
});

test("what is no address is refused, and no message shows a login", async () => {
  await expect(connects({ url: "http://host:4222" })).rejects.toThrow(/is no address of a NATS server/);
  expect(natsAddress("nats://me:secret@a:1, tls://token@b")).toBe("nats://a:1, tls://b");
});
