/**
 * Watches followed audiences, and publishes who enters and who leaves as CloudEvents on `audience.v1.<id>`. Each change is told at least
 * once, with the same id when it is told again; who was there at the start is not told of. Of several processes the one that holds the lease
 * follows: two would tell everything twice.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type Bits, idsIn, takeAway } from "../audience/bitset.js";
import { atHomeIn } from "../audience/homes.js";
import type { AuditLog } from "../http/access/audit.js";
import type { NoticePublisher } from "../source/nats/cloud-events.js";
import { noticeSubject } from "../source/nats/subjects.js";
import type { AudienceIndex } from "../store/audience-index.js";
import type { FollowLease } from "./follow-lease.js";
import type { ChangeOf, Follow, Follows } from "./follows.js";
import type { SavedAudience, SavedAudiences } from "./saved.js";

export interface FollowerParts {
  /** The index with what was written up to now. */
  readonly index: () => Promise<AudienceIndex>;
  readonly saved: SavedAudiences;
  readonly follows: Follows;
  readonly notices: () => Promise<NoticePublisher>;
  readonly lease: () => Promise<Pick<FollowLease, "hold" | "isHeld">>;
  readonly audit: AuditLog;
  readonly warn: (message: string) => void;
  /** Between two looks. */
  readonly lookMs: number;
}

/** What was last published of one audience. */
interface Known {
  readonly sinceMs: number;
  people: Bits;
  revision: number;
  version: number;
  /** Number of the last batch. */
  batch: number;
}

export class Follower {
  private readonly parts: FollowerParts;
  private readonly known = new Map<string, Known>();
  private readonly stop = new AbortController();
  private readonly running: Promise<void>;

  /** Follows from now on, until it is closed. */
  constructor(parts: FollowerParts) {
    this.parts = parts;
    this.running = this.run();
  }

  /** Ends after the look in hand. */
  async close(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    let told = "";
    while (!this.stop.signal.aborted) {
      try {
        await this.look();
        told = "";
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        if (text !== told && !this.stop.signal.aborted)
          this.parts.warn(`followed audiences cannot be looked at: ${text}; trying again`);
        told = text;
        // What was kept and not published is found in the store.
        this.known.clear();
      }
      await pause(this.parts.lookMs, undefined, { signal: this.stop.signal }).catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    const follows = await this.parts.follows.list();
    for (const audience of this.known.keys())
      if (!follows.some((follow) => follow.audience === audience)) this.known.delete(audience);
    if (follows.length === 0) return;
    const lease = await this.parts.lease();
    if (!(await lease.hold())) {
      // What another tells meanwhile is found in the store.
      this.known.clear();
      return;
    }
    const index = await this.parts.index();
    // Side by side: many changes of one must not hold up the others.
    await Promise.all(follows.map((follow) => this.lookAt(follow, index)));
  }

  private async lookAt(follow: Follow, index: AudienceIndex): Promise<void> {
    const saved = await this.parts.saved.get(follow.audience);
    if (saved === null) {
      await this.parts.follows.end(follow.audience, Date.now());
      return;
    }
    const known = await this.knownOf(follow, index);
    const { revision } = index;
    if (known.revision === revision && known.version === saved.version) return;
    const now = await index.people(atHomeIn(saved.expression, follow.regions));
    await this.tell(follow, saved, index, known, now);
    Object.assign(known, { people: now, revision, version: saved.version });
  }

  private async knownOf(follow: Follow, index: AudienceIndex): Promise<Known> {
    const { audience, sinceMs } = follow;
    const before = this.known.get(audience);
    if (before?.sinceMs === sinceMs) return before;
    let batch = sinceMs;
    for (let rest = await this.parts.follows.unpublished(follow); rest.length > 0; ) {
      await this.publish(follow, rest);
      batch = rest.at(-1)?.batch ?? batch;
      await this.parts.follows.published(audience, batch);
      rest = await this.parts.follows.unpublished(follow);
    }
    const people: bigint[] = [];
    for await (const chunk of this.parts.follows.people(follow)) for (const one of chunk) people.push(one);
    const known = { sinceMs, people: index.setOf(people), revision: -1, version: 0, batch };
    this.known.set(audience, known);
    return known;
  }

  /** Keeps what has changed, then publishes it. */
  private async tell(
    follow: Follow,
    { audience, version }: SavedAudience,
    index: AudienceIndex,
    known: Known,
    now: Bits,
  ): Promise<void> {
    if (!(await this.parts.lease()).isHeld) throw new Error("the lease was lost while audiences were looked at");
    const [entered, left] = [now.slice(), known.people.slice()];
    takeAway(entered, known.people);
    takeAway(left, now);
    const batch = Math.max(Date.now(), known.batch + 1);
    const asOfMs = index.asOfMs;
    const changes: ChangeOf[] = [];
    for (const [change, bits] of [
      ["left", left],
      ["entered", entered],
    ] as const) {
      const ids = [...idsIn(bits)];
      for (const id of ids) changes.push({ batch, version, asOfMs, change, subscriber: String(index.pseudonymOf(id)) });
      // Of who is to be forgotten nothing new is kept.
      const kept = ids.filter((id) => !index.isForgotten(id)).map((id) => index.pseudonymOf(id));
      await this.parts.follows.append({ audience, batch, version, asOfMs }, change, BigUint64Array.from(kept));
    }
    if (changes.length === 0) return;
    await this.publish(follow, changes);
    await this.parts.follows.published(audience, batch);
    known.batch = batch;
  }

  private async publish({ audience, followedBy, role, purpose }: Follow, changes: readonly ChangeOf[]): Promise<void> {
    const count = (wanted: ChangeOf["change"]) => changes.filter(({ change }) => change === wanted).length;
    const { batch = 0, version } = changes[0] ?? {};
    await this.parts.audit.write({
      timeMs: Date.now(),
      correlator: `${audience}:${batch}`,
      principal: followedBy,
      role,
      purpose,
      operation: "followAudience",
      question: JSON.stringify({ audience, version, entered: count("entered"), left: count("left") }),
      status: 200,
      people: changes.length,
    });
    const notices = await this.parts.notices();
    for (const one of changes) await notices.send(noticeSubject("audience", audience), noticeOf(audience, one));
    await notices.drain();
  }
}

function noticeOf(audience: string, { batch, subscriber, change, version, asOfMs }: ChangeOf) {
  const time = new Date(asOfMs).toISOString();
  return {
    id: `${batch}.${subscriber}`,
    source: `/lifecircle/audiences/${audience}`,
    type: `lifecircle.audience.${change}.v1`,
    subject: subscriber,
    time,
    data: { audience, version, subscriber, change, asOf: time },
  };
}
