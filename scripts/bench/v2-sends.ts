/** Sends of v2, signed before anything is measured, and recipients who acknowledge what is pushed to them, many at a time. */
import type { Bound } from "../v2-user/account.js";
import type { BenchNymClient } from "./nym-client.js";
import type { Operation, Run } from "./operations.js";
import { isOk, pushedItems } from "./v2-frames.js";
import { signedFrame, type V2BenchUser } from "./v2-requests.js";

/** Who writes to whom, and how much. */
export interface Correspondence {
  readonly senders: readonly V2BenchUser[];
  readonly recipients: readonly V2BenchUser[];
  readonly bodyBytes: number;
}

/** SURBs that an acknowledgement says it brings, for each of its items: at least as many as packets come until the next. */
const SURBS_PER_ITEM = 2;

/** `count` sends, then others that are signed as it goes. */
export function sendsOf(bound: Bound, correspondence: Correspondence, count: number): Operation {
  let next = 0;
  const make = (): Run => makeSend(bound, correspondence, next++);
  const ahead = Array.from({ length: count }, make);
  let used = 0;
  return () => ahead[used++] ?? make();
}

/** The same sends over and over, which a floor does not mind. */
export function sendsAgain(bound: Bound, correspondence: Correspondence, count: number): Operation {
  const ahead = Array.from({ length: count }, (_, index) => makeSend(bound, correspondence, index));
  let used = 0;
  return () => {
    const run = ahead[used++ % ahead.length];
    if (run === undefined) throw new RangeError("nothing to send");
    return run;
  };
}

function makeSend(bound: Bound, { senders, recipients, bodyBytes }: Correspondence, index: number): Run {
  const sender = senders[index % senders.length];
  const recipient = recipients[index % recipients.length];
  if (sender === undefined || recipient === undefined) throw new RangeError("somebody is missing");
  const body = Buffer.alloc(bodyBytes);
  body.writeUInt32BE(index);
  const first = signedFrame(bound, sender, "send", { recipient: recipient.name, body, receipt: false });
  return { user: sender.number, first, next: (reply) => (isOk(reply) ? "done" : "failed") };
}

/** What recipients have been pushed and have acknowledged. */
export interface Acknowledging {
  /** Takes what came for a user: how many items, or `undefined` when it is the answer to an operation. */
  readonly forwarded: (user: number, message: Buffer) => number | undefined;
  /** Acknowledgements so far. */
  readonly sent: () => number;
}

/** Acknowledges for `recipients` what is pushed to them, `each` items at a time. */
export function acknowledging(
  nymClient: BenchNymClient,
  bound: Bound,
  recipients: readonly V2BenchUser[],
  each: number,
): Acknowledging {
  const byNumber = new Map(recipients.map((user) => [user.number, { user, last: 0, acknowledged: 0 }]));
  let sent = 0;
  return {
    sent: () => sent,
    forwarded(number, message) {
      const recipient = byNumber.get(number);
      if (recipient === undefined) return undefined;
      const items = pushedItems(message);
      // The answer to an acknowledgement.
      if (items === undefined) return 0;
      const { user, last, acknowledged } = recipient;
      recipient.last = Math.max(last, items.first + items.count - 1);
      const fresh = recipient.last - Math.max(last, items.first - 1);
      if (recipient.last - acknowledged < each) return fresh;
      // Sequences follow each other without a gap here: nothing expires.
      const ranges = [{ first: acknowledged + 1, last: recipient.last }];
      recipient.acknowledged = recipient.last;
      sent++;
      nymClient.push(signedFrame(bound, user, "ack", { ranges }, SURBS_PER_ITEM * each));
      return fresh;
    },
  };
}
