/** Settings of the Nym clients: which kind, how many, where, and how patiently they are watched. */
import { base58Key, decimal, list, matching, oneOf, path, url, whole } from "../kinds.js";
import { optional, setting } from "../setting.js";

export const NYM_CLIENT_SETTINGS = {
  NYM_CLIENT: optional(oneOf("native", "external", "wasm", "loopback"), {
    unset: "loopback; with NODE_ENV=production it must be set",
    help:
      "Which kind of Nym client: native is the official nym-client program, external is one that somebody else runs, wasm runs Nym's own " +
      "WASM client in Node, loopback is a small mixnet in memory that gives no anonymity and is refused in production.",
  }),
  NYM_CLIENTS: optional(whole(1, 64), {
    unset: "1, or with NYM_CLIENT=external as many as WEBSOCKET_URL lists",
    help: "How many Nym clients, each with its own Nym address. One sends about 50 packets a second: more clients, more capacity.",
  }),
  NYM_CLIENT_ID: setting(matching(/^[A-Za-z0-9_-]{1,48}$/, "1 to 48 letters, digits, - and _"), {
    default: "nym-directory",
    help: "The id under which the first Nym client keeps its keys. The others get -1, -2 and so on appended.",
  }),
  WEBSOCKET_URL: setting(list(url("ws:", "wss:")), {
    default: ["ws://127.0.0.1:1977"],
    help:
      "Where the first Nym client listens; the others take the ports that follow. It has no authentication, so ours listen on a loopback host. " +
      "Port 0 takes a free one. With NYM_CLIENT=external: all of them, separated by commas.",
  }),
  NYM_CLIENT_BINARY: optional(path(), {
    unset: "nym-client/bin/nym-client in the package",
    help: "The nym-client program, with NYM_CLIENT=native. One that is named here runs as it is; a change of it is logged.",
  }),
  NYM_CLIENT_ALLOW_UNPINNED: setting(oneOf("0", "1"), {
    default: "0",
    help: "1 lets a program run from nym-client/bin that `npm run nym-client:fetch` did not accept: a build of your own.",
  }),
  NYM_APIS: optional(list(url("https:", "http:")), {
    unset: "the Nym client's own choice",
    help: "Where a Nym client learns about the network.",
  }),
  NYM_GATEWAY: optional(base58Key(), {
    unset: "the Nym client's own choice",
    help: "The identity key of the gateway at which a new Nym client registers.",
  }),
  NYM_CLIENT_MODE: setting(oneOf("default", "fastmode", "no-cover"), {
    default: "default",
    help: "Traffic of a Nym client: default hides when it is used (50 packets a second), fastmode (250) and no-cover (470) trade that for speed.",
  }),
  FRAME_MAX_BYTES: setting(whole(65_536, 1_073_741_824, "bytes"), {
    default: 16_777_216,
    help: "The largest message that a Nym client may push, as it sets itself no bound. A larger one costs the connection, which is opened again.",
  }),
  PING_SECONDS: setting(decimal(0, 86_400, "seconds"), {
    default: 30,
    help: "A Nym client that answers no ping for this long has lost the connection without noticing: it is opened again. 0 asks nothing.",
  }),
  HANDSHAKE_SECONDS: setting(decimal(0.01, 86_400, "seconds"), {
    default: 120,
    help: "How long a Nym client may take to accept a connection. Long, because nym-client aborts when a handshake is given up.",
  }),
  RECONNECT_MIN_MS: setting(decimal(1, 3_600_000, "milliseconds"), {
    default: 200,
    help: "The shortest pause before a lost connection to a Nym client is tried again. Jittered.",
  }),
  RECONNECT_MAX_MS: setting(decimal(1, 3_600_000, "milliseconds"), {
    default: 500,
    help: "The longest such pause. Short, because nym-client refuses connections only for a moment after one was lost.",
  }),
  CLOSE_SECONDS: setting(decimal(0.001, 3_600, "seconds"), {
    default: 2,
    help: "How long closing the connection to a Nym client may take, also while it is still accepting it.",
  }),
  ASK_SECONDS: setting(decimal(0.001, 3_600, "seconds"), {
    default: 1,
    help: "How often a Nym client that accepted a connection is asked for its address, until it answers.",
  }),
  START_ALLOWANCE_SECONDS: setting(decimal(0.01, 86_400, "seconds"), {
    default: 120,
    help: "How long a Nym client may take from its start to its first answer; it has to register at a gateway first.",
  }),
  STOP_GRACE_SECONDS: setting(decimal(0.01, 3_600, "seconds"), {
    default: 15,
    help: "How long a Nym client may take to save its reply blocks after SIGINT before it is killed; nym-client gives itself 10.",
  }),
  RESTART_MIN_SECONDS: setting(decimal(0.001, 3_600, "seconds"), {
    default: 2,
    help: "The shortest pause before a Nym client that ended is started again. A gateway may refuse a log-in within the same second.",
  }),
  RESTART_MAX_SECONDS: setting(decimal(0.001, 86_400, "seconds"), {
    default: 60,
    help: "The longest such pause: it doubles with each failure, with jitter.",
  }),
  LIVENESS_EVERY_SECONDS: setting(decimal(0, 86_400, "seconds"), {
    default: 60,
    help:
      "After how long without a message a Nym client is checked: it is asked for its address, and must bring us a message of ours through the " +
      "mixnet. 0 checks nothing.",
  }),
  LIVENESS_SELF_ADDRESS_SECONDS: setting(decimal(0.001, 3_600, "seconds"), {
    default: 5,
    help: "How long a Nym client may take to tell its address when it is checked.",
  }),
  LIVENESS_PROBE_SECONDS: setting(decimal(0.001, 86_400, "seconds"), {
    default: 60,
    help: "How long the message to ourselves may take. A lost one is common enough, so a single one proves nothing.",
  }),
  LIVENESS_MISSES: setting(whole(1, 1_000), {
    default: 3,
    help: "How many checks in a row must come to nothing before a Nym client is started again, or, if it is not ours, connected to anew.",
  }),
  LIVENESS_BUSY_SECONDS: setting(decimal(0, 86_400, "seconds"), {
    default: 30,
    help: "A Nym client that has more than this long to send, and does send, is busy and not dead: its missed checks do not count.",
  }),
  NYM_CLIENT_MAX_RSS_BYTES: setting(whole(0, Number.MAX_SAFE_INTEGER, "bytes"), {
    default: 1_073_741_824,
    help:
      "The memory at which a Nym client of ours is asked to exit, saves its reply blocks and is started again, since strangers can fill it. " +
      "Read from /proc. 0 sets no bound.",
  }),
  MEMORY_CHECK_SECONDS: setting(decimal(0.001, 86_400, "seconds"), {
    default: 10,
    help: "How often that memory is looked at.",
  }),
  MEMORY_RESTART_MINUTES: setting(decimal(0.0001, 525_600, "minutes"), {
    default: 60,
    help: "The shortest time from one such restart of a Nym client to the next.",
  }),
};
