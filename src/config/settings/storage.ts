/** Settings of what lies on the disk: where, how much, for how long. */
import { decimal, path, whole } from "../kinds.js";
import { optional, setting } from "../setting.js";

export const STORAGE_SETTINGS = {
  DATA_DIR: setting(path(), {
    default: "./storage",
    help: "The folder of everything that has no path of its own. Created with mode 0700.",
  }),
  DATABASE_PATH: optional(path(), { unset: "directory.db in DATA_DIR", help: "The SQLite database." }),
  KEYS_DIR: optional(path(), {
    unset: "keys in DATA_DIR",
    help: "The folder of the directory's own keys, which are encrypted. Created with mode 0700.",
  }),
  SECRET_PATH: optional(path(), {
    unset: "secret in DATA_DIR, made at the first start",
    help: "A file that holds the passphrase of the directory's keys. Keep it elsewhere than the keys: whoever has both has the directory's name.",
  }),
  ADDRESS_FILE: optional(path(), {
    unset: "addresses in DATA_DIR",
    help: "Where the directory's Nym addresses are written, one a line, for publication.",
  }),
  BUSY_TIMEOUT_SECONDS: setting(decimal(0, 3_600, "seconds"), {
    default: 5,
    help: "How long a write waits for another process that holds the database before it counts as failed.",
  }),
  MAX_DATABASE_BYTES: setting(whole(0, Number.MAX_SAFE_INTEGER, "bytes"), {
    default: 0,
    help: "The size at which the database takes nothing more. 0 means as much as the disk holds.",
  }),
  MESSAGE_DAYS: setting(decimal(0, 3_650, "days"), {
    default: 30,
    help: "How long a message waits for its recipient.",
  }),
  REPLAY_DAYS: setting(decimal(0, 3_650, "days"), {
    default: 30,
    help: "How long a v1 message that was sent is known again. A repetition within that time is not delivered a second time.",
  }),
  OUTCOME_HOURS: setting(decimal(0.001, 87_600, "hours"), {
    default: 24,
    help: "How long the outcome of a signed v2 request is known, so that the same request again has no second effect; that of a message from its expiry on. At least twice REQUEST_WINDOW_SECONDS.",
  }),
  NAME_HOLD_DAYS: setting(decimal(0, 3_650, "days"), {
    default: 30,
    help: "How long a name that its user released can be nobody else's.",
  }),
  RECOVERY_HOURS: setting(decimal(0, 87_600, "hours"), {
    default: 72,
    help: "How long a change of key can be undone with the recovery key that it replaced.",
  }),
  ROUTE_DAYS: setting(decimal(0, 3_650, "days"), {
    default: 30,
    help: "How long an unused route (which sender is which user) is kept; as long as a message waits, since a request on it may collect the message.",
  }),
  MAILBOX_MESSAGES: setting(whole(1, 10_000_000), {
    default: 2_048,
    help: "How many messages may wait for one recipient. Strangers together get half of it, one sender a sixteenth.",
  }),
  MAILBOX_BYTES: setting(whole(65_536, Number.MAX_SAFE_INTEGER, "bytes"), {
    default: 8_388_608,
    help: "How many bytes of messages may wait for one recipient, shared out in the same way.",
  }),
  CONTACTS_MAX: setting(whole(1, 100_000), {
    default: 1_000,
    help: "How many others a user's list of contacts holds, with requests and blocks. What would make it longer is refused.",
  }),
  CONTACT_REQUESTS_MAX: setting(whole(1, 100_000), {
    default: 100,
    help: "How many requests to be a contact may wait for one user. Further ones wait with who asks, and the user is not told of them.",
  }),
  CONTACT_REQUEST_DAYS: setting(decimal(0, 3_650, "days"), {
    default: 30,
    help: "How long a request to be a contact waits.",
  }),
  PREKEYS_MAX: setting(whole(1, 1_000), {
    default: 200,
    help: "How many one-time prekeys of one user are kept. A publication that goes beyond is refused.",
  }),
  PREKEYS_PER_HOUR: setting(whole(2, 1_000_000), {
    default: 60,
    help: "How many one-time prekeys of one user can be taken in an hour; strangers together can take half of them. Beyond it the prekey of last resort is given.",
  }),
  PREKEYS_LOW: setting(whole(0, 1_000), {
    default: 20,
    help: "A user is told, once after each publication, when fewer one-time prekeys than this are left.",
  }),
  HISTORY_COPIES: setting(whole(1, 1_000_000), {
    default: 1_000,
    help: "How many sealed copies of what one user has sent are kept for them. The oldest give way to new ones.",
  }),
  HISTORY_BYTES: setting(whole(65_536, Number.MAX_SAFE_INTEGER, "bytes"), {
    default: 1_048_576,
    help: "How many bytes of such copies are kept for one user, in the same way.",
  }),
  HISTORY_DAYS: setting(decimal(0, 3_650, "days"), {
    default: 30,
    help: "How long such a copy is kept.",
  }),
  MAINTENANCE_MINUTES: setting(decimal(0.001, 60, "minutes"), {
    default: 60,
    help: "How often expired rows are erased, and the write-ahead log in which erased bytes linger is truncated.",
  }),
  SCRYPT_LOG2_N: setting(whole(10, 22), {
    default: 17,
    help: "The cost of guessing the passphrase of the directory's keys: 2 to this power rounds of scrypt, each of 1 KiB (17: 128 MiB, about half a second, once at the start).",
  }),
};
