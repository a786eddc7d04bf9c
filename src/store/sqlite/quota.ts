/**
 * How a mailbox is shared: strangers together get at most half of it, and one sender at most a sixteenth, so that nobody
 * alone fills a mailbox and strangers never keep contacts out.
 */
import type { MailboxQuota } from "../store.js";

/** What one message must fit into, after it has been added. */
export interface MailboxLimits {
  readonly mailbox: MailboxQuota;
  /** Those of strangers together. */
  readonly strangers: MailboxQuota;
  readonly origin: MailboxQuota;
}

const STRANGERS_SHARE = 1 / 2;
const ORIGIN_SHARE = 1 / 16;
const UNLIMITED: MailboxQuota = { messages: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };

/** The limits under `quota`; none without one. */
export function limitsOf(quota: MailboxQuota | undefined): MailboxLimits {
  if (quota === undefined) return { mailbox: UNLIMITED, strangers: UNLIMITED, origin: UNLIMITED };
  return { mailbox: quota, strangers: shareOf(quota, STRANGERS_SHARE), origin: shareOf(quota, ORIGIN_SHARE) };
}

function shareOf(quota: MailboxQuota, share: number): MailboxQuota {
  return { messages: Math.max(1, Math.floor(quota.messages * share)), bytes: Math.floor(quota.bytes * share) };
}
