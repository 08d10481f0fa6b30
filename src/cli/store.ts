import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { holdFolder, type LetGo } from "../checkpoint/hold-folder.js";
import type { Config } from "../config/schema.js";
import { UserError } from "../signal/user-error.js";
import { attachStore, openStore, type Store, type StoreOptions } from "../store/client.js";
import { readServerFile } from "../store/server-file.js";
import { type EmbeddedStore, startEmbeddedStore } from "../store/server-process.js";
import type { StoreError } from "../store/store-error.js";
import type { WriterLimits } from "../store/writer.js";
import { untilGone } from "./lifetime.js";

export const WRITER_LIMITS: WriterLimits = { insertRowsMax: 500_000, insertBytesMax: 64 * 1024 * 1024 };
/** Of a replay, which lets the rows of each table wait: no more than ClickHouse makes one part of. */
export const REPLAY_WRITER_LIMITS: WriterLimits = { insertRowsMax: 1_000_000, insertBytesMax: 32 * 1024 * 1024 };
/** Longest line of a signalling file that is read. */
export const LINE_BYTES_MAX = 65_536;

const WRITE_PASSWORD_BYTES = 16;
/** Longer than most questions; whoever starts an engine can wait so long. */
const QUESTION_MS_MAX = 60_000;
const RETRY_FIRST_MS = 250;
const RETRY_MS_MAX = 30_000;

export interface ConfiguredStore {
  readonly store: Store;
  readonly url: string;
  /** With which rows are written. */
  readonly password: string;
  /** The server that was started for us; null where config names one. */
  readonly server: EmbeddedStore | null;
  close(): Promise<void>;
}

/** The store of config: the ClickHouse of its URL, or the embedded one of the data folder, started here; schema brought up to date. */
export async function openConfiguredStore(
  config: Config,
  onRetry: (fault: StoreError) => void,
): Promise<ConfiguredStore> {
  const letGo = config.store.url === "" ? await afterQuestions(config.data.dir) : null;
  try {
    return await openNow(config, onRetry);
  } finally {
    await letGo?.();
  }
}

/** A question that has the store open for itself is waited for, and none opens it meanwhile; a run that was killed takes a moment to end. */
async function afterQuestions(dataDir: string): Promise<LetGo | null> {
  const letGo = existsSync(dataDir) ? await holdFolder(dataDir, "questions", QUESTION_MS_MAX) : null;
  await untilGone(async () => readServerFile(dataDir) !== null);
  return letGo;
}

async function openNow(config: Config, onRetry: (fault: StoreError) => void): Promise<ConfiguredStore> {
  const { store: settings, data } = config;
  // Whoever finds the port of a store of our own may read what this machine's users may read, and only we write.
  const readsOpen = settings.url === "" && settings.password === "";
  const password = readsOpen ? randomBytes(WRITE_PASSWORD_BYTES).toString("hex") : settings.password;
  const server =
    settings.url === ""
      ? await startEmbeddedStore({
          dataDir: data.dir,
          database: settings.database,
          user: settings.user,
          password,
          readsOpen,
          ...(settings.port === 0 ? {} : { port: settings.port }),
        })
      : null;
  const url = server?.url ?? settings.url;
  try {
    const store = await openStore({ ...storeOptions(config, url), password, onRetry });
    return {
      store,
      url,
      password,
      server,
      async close() {
        await store.close();
        await server?.close();
      },
    };
  } catch (error) {
    await server?.close();
    throw error;
  }
}

/** Another connection, for another thread, to a store that was opened. */
export function attachConfiguredStore(
  config: Config,
  { url, password }: Pick<ConfiguredStore, "url" | "password">,
  onRetry: (fault: StoreError) => void,
): Store {
  return attachStore({ ...storeOptions(config, url), password, onRetry });
}

/** What a person is told of a store that cannot be written. */
export function storeFailed(error: StoreError): UserError {
  return new UserError(
    `the store: ${error.message}`,
    error.retryable ? "see whether it runs and has room, then start again" : null,
  );
}

function storeOptions(config: Config, url: string): StoreOptions {
  const { store } = config;
  const days = (value: number) => (value === 0 ? null : value);
  return {
    url,
    database: store.database,
    user: store.user,
    password: store.password,
    caFile: store.tls.caFile === "" ? null : store.tls.caFile,
    gzip: store.gzip,
    requestMsMax: store.timeoutSeconds * 1000,
    retriesMax: store.retriesMax,
    retryFirstMs: RETRY_FIRST_MS,
    retryMsMax: RETRY_MS_MAX,
    ttlDays: {
      stays: days(store.ttlDays.stays),
      presence: days(store.ttlDays.presence),
      rejected: days(store.ttlDays.rejected),
      membershipLog: days(store.ttlDays.membershipLog),
    },
  };
}
