/** Settings that bound work and waiting, so that no sender, however busy, makes anything grow without end. */
import { decimal, list, matching, onOff, whole } from "../kinds.js";
import { optional, setting } from "../setting.js";

const rate = decimal(0.001, 1_000_000, "per second");

export const LIMIT_SETTINGS = {
  LIMITS: setting(onOff(), {
    default: true,
    help: "Whether the limits named LIMIT_.. hold. off is for benchmarks and is refused when NODE_ENV=production.",
  }),
  LIMIT_TAG_PER_SECOND: setting(rate, {
    default: 160,
    help:
      "Requests of one sender. A client without cover traffic sends 470 packets a second, at most 157 v1 requests, so this stops only " +
      "faults; many of its senders are stopped by the budgets.",
  }),
  LIMIT_TAG_BURST: setting(whole(1, 1_000_000), {
    default: 1_600,
    help: "How many requests one sender may make at once. A gateway hands over what waited in one go.",
  }),
  LIMIT_USER_PER_SECOND: setting(rate, {
    default: 120,
    help: "Messages sent by one user, counted once the signature holds. A v1 client at 470 packets a second sends at most 117.",
  }),
  LIMIT_USER_BURST: setting(whole(1, 1_000_000), {
    default: 1_200,
    help: "How many messages one user may send at once.",
  }),
  LIMIT_LOOKUPS_PER_SECOND: setting(rate, {
    default: 1_000,
    help: "Look-ups of everybody together: what 20 Nym clients at 50 packets a second can answer.",
  }),
  LIMIT_REGISTRATIONS_PER_SECOND: setting(rate, {
    default: 100,
    help: "Registration requests of everybody together, two a user: twice what one Nym client can answer. The scarcest, as each user is a row that stays.",
  }),
  LIMIT_LOGINS_PER_SECOND: setting(rate, {
    default: 250,
    help: "Log-in requests of everybody together, two a log-in: what five Nym clients can answer.",
  }),
  LIMIT_RECOVERIES_PER_SECOND: setting(rate, {
    default: 10,
    help: "Recoveries of keys of everybody together, apart from log-ins: whoever floods those keeps nobody from getting a stolen name back.",
  }),
  LIMIT_SENDS_PER_SECOND: setting(rate, {
    default: 500,
    help: "Messages of everybody together: two packets each, so what 20 Nym clients can pass on.",
  }),
  LIMIT_MAILBOXES_PER_SECOND: setting(rate, {
    default: 1_000,
    help: "Requests of v2 users about their own mailboxes (fetch, ack, receipts, status), of everybody together.",
  }),
  LIMIT_GROUPS_PER_SECOND: setting(rate, {
    default: 20,
    help: "Changes of groups and messages to groups, of everybody together. Each can be a row for each of 1,000 members.",
  }),
  LIMIT_PREKEYS_PER_SECOND: setting(rate, {
    default: 200,
    help: "Requests of v2 users about prekeys (publish, take, prekeys), of everybody together: one take begins a conversation.",
  }),
  LIMIT_BURST_SECONDS: setting(decimal(0.001, 3_600, "seconds"), {
    default: 10,
    help: "How many seconds' worth of each of the budgets above may be used at once.",
  }),
  RESERVED_NAMES: setting(list(matching(/^[A-Za-z0-9_-]{1,64}$/, "1 to 64 letters, digits, - and _")), {
    default: [
      "admin",
      "administrator",
      "directory",
      "moderator",
      "nymchat",
      "nymdirectory",
      "root",
      "security",
      "support",
      "system",
    ],
    help: "Names that nobody can register, whatever their case, since their owner would be trusted for the name alone.",
  }),
  GROUPS_PER_USER: setting(whole(1, 100_000), {
    default: 100,
    help: "How many groups one user can be in, or ask to be in; and as many invitations can wait for them.",
  }),
  GROUP_LOG_ENTRIES: setting(whole(1, 1_000_000), {
    default: 1_000,
    help: "How many changes of a group its log goes back; older ones are erased. Who is in it is known all the same.",
  }),
  MAX_REQUEST_BYTES: setting(whole(1_024, 16_777_216, "bytes"), {
    default: 65_536,
    help: "The largest request that is read at all; a v1 message of a few lines takes about 1,000.",
  }),
  INBOX_MAX: setting(whole(1, 10_000_000), {
    default: 10_000,
    help: "How many requests may be worked on at a time; more wait where they are, at the Nym client in the end.",
  }),
  INBOX_BYTES: setting(whole(65_536, Number.MAX_SAFE_INTEGER, "bytes"), {
    default: 67_108_864,
    help: "How many bytes may wait at each Nym client before no more is read from it.",
  }),
  OUTBOX_BYTES: setting(whole(65_536, Number.MAX_SAFE_INTEGER, "bytes"), {
    default: 67_108_864,
    help: "How many bytes may wait for a Nym client that does not read before it is handed nothing more: its requests are dropped.",
  }),
  SESSIONS_MAX: setting(whole(1, 100_000_000), {
    default: 50_000,
    help: "How many senders are remembered as heard from. The longest silent one is forgotten first, and only gets its messages later.",
  }),
  CHALLENGES_MAX: setting(whole(1, 100_000_000), {
    default: 10_000,
    help: "How many registrations and log-ins may be under way. The oldest goes first.",
  }),
  CHALLENGE_SECONDS: setting(decimal(0.001, 86_400, "seconds"), {
    default: 300,
    help: "How long a registration or log-in may take from challenge to answer.",
  }),
  REQUEST_WINDOW_SECONDS: setting(decimal(0.001, 86_400, "seconds"), {
    default: 600,
    help: "How far the time in a signed v2 request may be from ours, to both sides.",
  }),
  MESSAGE_BODY_BYTES: setting(whole(1, 1_048_576, "bytes"), {
    default: 16_384,
    help: "The largest body of a v2 message: eleven packets, and as many SURBs of its recipient.",
  }),
  ROUTE_FRESH_SECONDS: setting(decimal(0.001, 86_400, "seconds"), {
    default: 300,
    help: "A waiting message is sent without being asked for only to a sender heard from within this time: after 5 minutes a Nym client asks for no more reply blocks.",
  }),
  HANDOVER_SECONDS: setting(decimal(0.001, 3_600, "seconds"), {
    default: 20,
    help: "How long a Nym client may take to send off a message before the message counts as not handed over and stays.",
  }),
  ACK_SECONDS: setting(decimal(0.001, 86_400, "seconds"), {
    default: 60,
    help: "How long a v2 recipient may take to acknowledge a message that was sent to it unasked, before it is sent again; twice as long after each time.",
  }),
  ACK_MAX_SECONDS: setting(decimal(0.001, 86_400, "seconds"), {
    default: 3_600,
    help: "The longest that ACK_SECONDS grows to.",
  }),
  LANE_POLL_MS: setting(whole(1, 60_000, "milliseconds"), {
    default: 250,
    help: "How often a Nym client that still has a message in its queue is asked whether it is gone.",
  }),
  LANE_LIMIT_PACKETS: setting(whole(1, 1_000_000), {
    default: 100,
    help: "How many packets may be queued for one sender at a Nym client before further messages wait on the disk: two seconds of what it sends.",
  }),
  BACKLOG_LIMIT_PACKETS: optional(whole(0, 100_000_000), {
    unset: "what the Nym client sends in 30 seconds; none with LIMITS=off",
    help:
      "How many packets may be queued at a Nym client, for everybody together, before it takes no further request. Requests are refused " +
      "where the protocol has a word for it, and dropped at twice as many. 0 means no limit.",
  }),
  DRAIN_SECONDS: setting(decimal(0, 3_600, "seconds"), {
    default: 2,
    help: "How long the requests at hand are worked off after SIGTERM, SIGINT or SIGHUP. With CLOSE_SECONDS and STOP_GRACE_SECONDS it bounds the time to stop.",
  }),
};
