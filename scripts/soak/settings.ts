/** The settings of a directory under test, in this process or in one of its own: times are short, limits far. */

/** What differs from run to run. */
export interface SoakSettings {
  readonly folder: string;
  /** Where its Nym client is. */
  readonly url: string;
  /** Messages that a mailbox holds. */
  readonly mailbox: number;
}

/** The environment of `nym-directory run`. */
export function environmentOf({ folder, url, mailbox }: SoakSettings): Readonly<Record<string, string>> {
  return {
    DATA_DIR: folder,
    NYM_CLIENT: "external",
    WEBSOCKET_URL: url,
    MAILBOX_MESSAGES: String(mailbox),
    MAILBOX_BYTES: "1000000000",
    LIMIT_TAG_PER_SECOND: "100000",
    LIMIT_TAG_BURST: "1000000",
    LIMIT_USER_PER_SECOND: "100000",
    LIMIT_USER_BURST: "1000000",
    LIMIT_LOOKUPS_PER_SECOND: "1000000",
    LIMIT_REGISTRATIONS_PER_SECOND: "1000000",
    LIMIT_LOGINS_PER_SECOND: "1000000",
    LIMIT_SENDS_PER_SECOND: "1000000",
    LIMIT_MAILBOXES_PER_SECOND: "1000000",
    ACK_SECONDS: "0.1",
    ACK_MAX_SECONDS: "0.4",
    LANE_POLL_MS: "10",
    RECONNECT_MIN_MS: "5",
    RECONNECT_MAX_MS: "15",
    CLOSE_SECONDS: "0.2",
    DRAIN_SECONDS: "0.2",
    LIVENESS_EVERY_SECONDS: "0",
    SCRYPT_LOG2_N: "10",
    LOG_LEVEL: "warn",
  };
}
