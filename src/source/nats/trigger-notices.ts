import type { AuditLog, AuditRow } from "../../http/access/audit.js";
import { formatPseudonym } from "../../signal/identity.js";
import type { NoticeSink, TriggerNotice } from "../../trigger/notice.js";
import type { Notice, NoticePublisher } from "./cloud-events.js";
import { noticeSubject } from "./subjects.js";

/** Notices that wait to be handed over to the publisher; beyond it the engine waits. */
const WAITING_MAX = 10_000;

/** A notice of a trigger as a CloudEvent: its subject is the pseudonym, its id the same whenever it is derived again. */
export function triggerNotice(notice: TriggerNotice): Notice {
  const { trigger, change, timeMs, sinceSec, outsideSec, probability } = notice;
  const subject = formatPseudonym(notice.subscriberHi, notice.subscriberLo);
  return {
    id: `${notice.key}.${subject}.${change}.${timeMs}`,
    source: `/lifecircle/triggers/${trigger.trigger}`,
    type: `lifecircle.trigger.${change}.v1`,
    subject,
    time: new Date(timeMs).toISOString(),
    data: {
      trigger: trigger.trigger,
      change,
      subscriber: subject,
      purpose: trigger.purpose,
      since: isoOf(sinceSec),
      ...(outsideSec === 0 ? {} : { outside: isoOf(outsideSec) }),
      probability: Math.round(probability * 100) / 100,
    },
  };
}

/**
 * Publishes what triggers tell of, in its order, and writes down for whom: a row of the audit log for each trigger between two
 * checkpoints, with how many people it told of.
 */
export class TriggerNotices implements NoticeSink {
  private readonly publisher: NoticePublisher;
  private readonly audit: AuditLog;
  private readonly warn: (message: string) => void;
  private sending: Promise<void> = Promise.resolve();
  private waiting = 0;
  /** People told of by trigger since the last rows. */
  private readonly people = new Map<string, { readonly notice: TriggerNotice; readonly subjects: Set<string> }>();

  constructor(publisher: NoticePublisher, audit: AuditLog, warn: (message: string) => void) {
    this.publisher = publisher;
    this.audit = audit;
    this.warn = warn;
  }

  tell(notices: readonly TriggerNotice[]): void {
    if (notices.length === 0) return;
    this.waiting += notices.length;
    this.sending = this.sending.then(() => this.send(notices));
    // Who waits for it sees the failure.
    this.sending.catch(() => undefined);
  }

  async room(): Promise<void> {
    if (this.waiting >= WAITING_MAX) await this.sending;
  }

  async told(): Promise<void> {
    await this.sending;
    await this.publisher.drain();
    const rows = [...this.people.values()];
    this.people.clear();
    await Promise.all(rows.map(({ notice, subjects }) => this.write(notice, subjects)));
  }

  private async send(notices: readonly TriggerNotice[]): Promise<void> {
    for (const notice of notices) {
      const event = triggerNotice(notice);
      await this.publisher.send(noticeSubject("trigger", notice.trigger.trigger), event);
      this.waiting--;
      this.note(notice, [event.subject]);
    }
  }

  private note(notice: TriggerNotice, subjects: Iterable<string>): void {
    const of = this.people.get(notice.key) ?? { notice, subjects: new Set() };
    this.people.set(notice.key, of);
    for (const subject of subjects) of.subjects.add(subject);
  }

  /** A row that the store does not take is tried again with the next ones; the engine's own rows meet the same store. */
  private async write(notice: TriggerNotice, subjects: ReadonlySet<string>): Promise<void> {
    const { key, trigger } = notice;
    const { principal, role, purpose } = trigger;
    const row: AuditRow = {
      timeMs: Date.now(),
      correlator: key,
      principal,
      role,
      purpose,
      operation: "tellTrigger",
      question: JSON.stringify({ trigger: trigger.trigger }),
      status: 200,
      people: subjects.size,
    };
    try {
      await this.audit.write(row);
    } catch (error) {
      this.note(notice, subjects);
      this.warn(`the audit log cannot be written (${error instanceof Error ? error.message : error}); trying again`);
    }
  }
}

function isoOf(sec: number): string {
  return new Date(sec * 1000).toISOString();
}
