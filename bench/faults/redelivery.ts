/** What a NATS server says to a client, with some of its JetStream deliveries sent twice or after the next one. */
import type { Random } from "../../src/simulate/random.js";
import type { Garble } from "./link.js";

const LINE_END = Buffer.from("\r\n");
/** Share of the deliveries that come twice, and of those that come after the next one, while it is on. */
const TWICE = 0.05;
const AFTER_NEXT = 0.05;

/** Switched on and off while connections are open. */
export interface Redelivery {
  isOn: boolean;
  /** Deliveries that came twice or out of order so far. */
  garbled: number;
  readonly garble: Garble;
}

export function redelivery(random: Random): Redelivery {
  const state: Redelivery = {
    isOn: false,
    garbled: 0,
    garble() {
      let rest: Buffer = Buffer.alloc(0);
      return (chunk) => {
        const out: Buffer[] = [];
        let held: Buffer | null = null;
        const { frames, left } = framesOf(Buffer.concat([rest, chunk]));
        rest = left;
        for (const frame of frames) {
          const isDelivery = state.isOn && frame.includes(" $JS.ACK.");
          if (isDelivery && held === null && random.chance(AFTER_NEXT)) {
            held = frame;
            state.garbled++;
            continue;
          }
          out.push(frame);
          if (isDelivery && random.chance(TWICE)) {
            out.push(frame);
            state.garbled++;
          }
          if (held !== null) out.push(held);
          held = null;
        }
        // Nothing waits for a next one that may never come.
        if (held !== null) out.push(held);
        return Buffer.concat(out);
      };
    },
  };
  return state;
}

/** Whole frames of the NATS protocol, and the bytes after the last of them. */
function framesOf(bytes: Buffer): { frames: Buffer[]; left: Buffer } {
  const frames: Buffer[] = [];
  let from = 0;
  for (;;) {
    const line = bytes.indexOf(LINE_END, from);
    if (line < 0) break;
    let end = line + LINE_END.length;
    const head = bytes.toString("latin1", from, line);
    if (/^H?MSG /.test(head)) end += Number(head.slice(head.lastIndexOf(" ") + 1)) + LINE_END.length;
    if (end > bytes.length) break;
    frames.push(bytes.subarray(from, end));
    from = end;
  }
  return { frames, left: Buffer.from(bytes.subarray(from)) };
}
