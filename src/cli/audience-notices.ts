import { randomUUID } from "node:crypto";
import { FollowLease } from "../activation/follow-lease.js";
import { openNatsLedger } from "../cluster/nats-ledger.js";
import type { Config } from "../config/schema.js";
import type { Metrics } from "../metrics/metrics.js";
import { UserError } from "../signal/user-error.js";
import { type NoticePublisher, openNotices } from "../source/nats/cloud-events.js";
import type { NatsConnectionOptions } from "../source/nats/connect.js";
import { findNatsServer } from "../source/nats/server-state.js";
import { streamOptionsOf } from "../source/nats/streams.js";

export interface AudienceNotices {
  /** Connects at the first call. Throws UserError where no NATS server is known, or none answers. */
  open(): Promise<NoticePublisher>;
  /** By which of several processes one follows the audiences; connects as `open` does. */
  lease(): Promise<FollowLease>;
  close(): Promise<void>;
}

/** After so long another process follows in the place of one that is silent. */
const LEASE_MS = 15_000;
/** Somebody waits for the answer. */
const CONNECT_RETRY_MS_MAX = 2000;

/** Publishes about audiences; whoever never asks for it needs no NATS server. */
export function audienceNotices(config: Config, warn: (message: string) => void, metrics?: Metrics): AudienceNotices {
  let opened: Promise<NoticePublisher> | null = null;
  let leased: Promise<FollowLease> | null = null;
  const connect = async () => {
    const notices = await openNotices({
      connection: await natsOf(config),
      streams: streamOptionsOf(config.stream),
      name: "lifecircle audiences",
      connectRetryMsMax: CONNECT_RETRY_MS_MAX,
      warn,
    });
    metrics?.observeNotices("audience", notices);
    return notices;
  };
  const open = () => {
    opened ??= connect();
    opened.catch(() => {
      opened = null;
    });
    return opened;
  };
  const openLease = async () => {
    const { connection } = await open();
    return new FollowLease(await openNatsLedger(connection, config.stream.replicas), randomUUID(), LEASE_MS);
  };
  return {
    open,
    lease() {
      leased ??= openLease();
      leased.catch(() => {
        leased = null;
      });
      return leased;
    },
    async close() {
      await (await leased?.catch(() => null))?.close();
      await (await opened?.catch(() => null))?.close();
    },
  };
}

async function natsOf({ stream, data }: Config): Promise<NatsConnectionOptions> {
  if (stream.url !== "") return stream;
  const running = await findNatsServer(data.dir);
  if (running !== null) return running;
  throw new UserError(`no NATS server runs on ${data.dir}`, "start `lifecircle up`, or set stream.url");
}
