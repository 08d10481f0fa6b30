import type { RowSet } from "../../src/rows.js";

/** Counts and hashes derived rows as they come: stays by subscriber and times, memberships by subscriber, circle and score. */
export class RowHash {
  rows = 0;
  stays = 0;
  memberships = 0;
  private state = 0x811c_9dc5;

  add(set: RowSet): void {
    for (const list of Object.values(set)) this.rows += list.length;
    for (const { subscriberHi, subscriberLo, startMs, endMs } of set.stays) {
      this.stays++;
      this.mix(subscriberHi);
      this.mix(subscriberLo);
      this.mix(Math.floor(startMs / 1000));
      this.mix(Math.floor(endMs / 1000));
    }
    for (const { subscriberHi, subscriberLo, circle, score, gone } of set.memberships) {
      this.memberships += gone ? -1 : 1;
      this.mix(subscriberHi);
      this.mix(subscriberLo);
      for (let i = 0; i < circle.length; i++) this.mix(circle.charCodeAt(i));
      this.mix(Math.round(score * 1000));
    }
  }

  get hex(): string {
    return (this.state >>> 0).toString(16).padStart(8, "0");
  }

  /** FNV-1a by words. */
  private mix(word: number): void {
    this.state = Math.imul(this.state ^ word, 0x0100_0193);
    this.state ^= this.state >>> 15;
  }
}
