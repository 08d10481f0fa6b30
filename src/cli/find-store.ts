import { existsSync } from "node:fs";
import { join } from "node:path";
import { holdFolder } from "../checkpoint/hold-folder.js";
import type { Config } from "../config/schema.js";
import { UserError } from "../signal/user-error.js";
import { connectStore, type StoreClient } from "../store/client.js";
import { readServerFile } from "../store/server-file.js";
import { startEmbeddedStore } from "../store/server-process.js";

/** Where the store of a question is. */
export interface StoreAddress {
  /** Data folder: its running store answers, or one is started for this question. Either this or `url`. */
  readonly data?: string;
  readonly url?: string;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  /** PEM file of the authority of an https URL. */
  readonly caFile?: string;
}

export interface FoundStore {
  readonly client: StoreClient;
  close(): Promise<void>;
}

/** Longest question; a person waits for it. */
const REQUEST_MS_MAX = 600_000;

/** The address that a configuration leads to. */
export function storeAddress({ store, data }: Config): StoreAddress {
  return {
    ...(store.url === "" ? { data: data.dir } : { url: store.url }),
    database: store.database,
    user: store.user,
    password: store.password,
    ...(store.tls.caFile === "" ? {} : { caFile: store.tls.caFile }),
  };
}

/**
 * Reaches a store for questions, also while an engine runs on it.
 *
 * @param isLasting the caller answers others until it is ended, so they may share a store that is started for it
 * @throws UserError where there is none
 */
export async function findStore(address: StoreAddress, isLasting = false): Promise<FoundStore> {
  if (address.url !== undefined) return connect(address, address.url);
  const { data } = address;
  if (data === undefined) throw new UserError("no store is named", "give --data DIR or --url URL");
  if (!existsSync(join(data, "clickhouse"))) {
    throw new UserError(`there is no store in ${data}`, "give the folder that `lifecircle up` or `replay` was given");
  }
  // A store that is started for a question ends with it, whoever else asks it: so they ask one after another.
  const letGo = await holdFolder(data, "questions", REQUEST_MS_MAX);
  if (letGo === null) {
    throw new UserError(
      `another command has had the store in ${data} open for ${REQUEST_MS_MAX / 60_000} minutes`,
      "wait until it has ended, or end it",
    );
  }
  try {
    const found = (await runningStore(data, address)) ?? (await ownStore(data, address));
    if (!found.isOwn || isLasting) await letGo();
    return { client: found.client, close: () => found.close().finally(letGo) };
  } catch (error) {
    await letGo();
    throw error;
  }
}

interface Opened extends FoundStore {
  readonly isOwn: boolean;
}

/** That of an engine, an API or a replay. */
async function runningStore(data: string, address: StoreAddress): Promise<Opened | null> {
  const running = readServerFile(data);
  if (running === null) return null;
  const { user, password } = running;
  const login = address.password === undefined || address.password === "" ? { user, password } : {};
  const target = connect({ ...running, ...address, ...login }, running.url);
  if ((await target.client.ping()).success) return { ...target, isOwn: false };
  await target.close();
  return null;
}

/** One for this question. */
async function ownStore(data: string, address: StoreAddress): Promise<Opened> {
  const own = await startEmbeddedStore({ dataDir: data });
  const target = connect(address, own.url);
  return {
    client: target.client,
    isOwn: true,
    async close() {
      await target.close();
      await own.close();
    },
  };
}

function connect(address: StoreAddress, url: string): FoundStore {
  const client = connectStore({
    url,
    database: address.database ?? "lifecircle",
    user: address.user ?? "default",
    password: address.password ?? "",
    caFile: address.caFile ?? null,
    gzip: false,
    requestMsMax: REQUEST_MS_MAX,
    retriesMax: 0,
    retryFirstMs: 0,
    retryMsMax: 0,
  });
  return { client, close: () => client.close() };
}
