import { AckPolicy, type ConsumerInfo, DeliverPolicy, type JetStreamManager } from "@nats-io/jetstream";
import { nanos, nuid } from "@nats-io/transport-node";
import { partitionSubject, SIGNALLING_STREAM } from "./subjects.js";

/** The server forgets a consumer that nobody has asked for so long; a slow engine then makes a new one. */
const CONSUMER_IDLE_MS = 5 * 60_000;
/** Among three servers one in three is placed right. */
const PLACINGS_MAX = 20;

/**
 * A consumer that is ephemeral, without acknowledgements, and starts at a sequence: the engine's checkpoint is the one place that
 * knows the position. A durable consumer would keep a second position that may disagree with it after a crash or a restored
 * snapshot, and would deliver again, out of order, what a slow engine has not acknowledged yet.
 *
 * A consumer reads the copy of the stream on its own server, and the server chooses which that is. A server that was away may have lost
 * the oldest messages of its copy when it caught up (nats-server 2.9.10), and its consumers begin after them without a word. So a
 * consumer is made anew until it lies with the stream's leader, whose first sequence is the one that StreamWatch looks at.
 */
export async function addPartitionConsumer(
  manager: JetStreamManager,
  partition: number,
  after: number,
): Promise<ConsumerInfo> {
  for (let tries = 0; tries < PLACINGS_MAX; tries++) {
    const info = await manager.consumers.add(SIGNALLING_STREAM, {
      name: `engine-${partition}-${nuid.next()}`,
      filter_subject: partitionSubject(partition),
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: after + 1,
      inactive_threshold: nanos(CONSUMER_IDLE_MS),
      mem_storage: true,
    });
    const { cluster } = await manager.streams.info(SIGNALLING_STREAM);
    if (cluster === undefined || info.cluster?.leader === cluster.leader) return info;
    await manager.consumers.delete(SIGNALLING_STREAM, info.name);
  }
  throw new Error(`none of ${PLACINGS_MAX} consumers lay with the stream's leader`);
}
