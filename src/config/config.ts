/** The configuration, by concern: what the parts of the directory are handed. Holds no secret. Times are in milliseconds. */
import type { Effective } from "./effective.js";

/** A rate with a burst, as a token bucket has it. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Everything that can be set. All paths are absolute. */
export interface Config {
  readonly production: boolean;
  readonly dataDir: string;
  readonly nymClient: {
    readonly kind: "native" | "external" | "wasm" | "loopback";
    /** One for each Nym client, in pool order. Port 0 means that the client is to take a free one. */
    readonly pool: readonly { readonly id: string; readonly url: string }[];
    readonly binary: string;
    /** Whether a program in nym-client/bin may run that was not accepted there. */
    readonly allowUnpinned: boolean;
    readonly apis: readonly string[] | undefined;
    readonly gateway: string | undefined;
    readonly mode: "default" | "fastmode" | "no-cover";
    /** What one Nym client sends; `Infinity` for a loopback mixnet without a limit. */
    readonly packetsPerSecond: number;
    readonly addressFile: string;
    readonly frameMaxBytes: number;
    /** 0: never. */
    readonly pingMs: number;
    readonly handshakeMs: number;
    readonly reconnectMinMs: number;
    readonly reconnectMaxMs: number;
    readonly closeMs: number;
    readonly askMs: number;
    readonly startAllowanceMs: number;
    readonly stopGraceMs: number;
    readonly restartMinMs: number;
    readonly restartMaxMs: number;
    /** `undefined`: unchecked. */
    readonly liveness:
      | {
          readonly everyMs: number;
          readonly addressMs: number;
          readonly probeMs: number;
          readonly misses: number;
          readonly busySeconds: number;
        }
      | undefined;
    /** `maxBytes` 0: no bound. */
    readonly memory: { readonly maxBytes: number; readonly everyMs: number; readonly pauseMs: number };
  };
  readonly loopback: {
    readonly usersPort: number;
    readonly controlPort: number;
    /** 0: no limit. */
    readonly packetsPerSecond: number;
    readonly seed: number | undefined;
  };
  readonly store: {
    readonly databasePath: string;
    readonly busyTimeoutMs: number;
    /** 0: no limit. */
    readonly maxDatabaseBytes: number;
    readonly mailbox: { readonly messages: number; readonly bytes: number };
    readonly groups: { readonly perUser: number; readonly logEntries: number };
    readonly contacts: { readonly all: number; readonly received: number };
    /** Of one user: sealed copies of what they sent. */
    readonly history: { readonly copies: number; readonly bytes: number };
    /** Of one user: one-time prekeys, those taken in an hour, and when few are left. */
    readonly prekeys: { readonly most: number; readonly perHour: number; readonly low: number };
  };
  readonly identity: {
    readonly keysDir: string;
    readonly secretPath: string;
    /** No path was given: the first start may make the secret. */
    readonly makeSecret: boolean;
    readonly scryptLog2N: number;
  };
  readonly times: {
    readonly challengeMs: number;
    readonly routeFreshMs: number;
    readonly routeMs: number;
    readonly handoverMs: number;
    readonly lanePollMs: number;
    readonly messageMs: number;
    readonly replayMs: number;
    readonly outcomeMs: number;
    readonly requestWindowMs: number;
    readonly nameHoldMs: number;
    readonly recoveryMs: number;
    readonly contactRequestMs: number;
    readonly copyMs: number;
    readonly ackMs: number;
    readonly ackMaxMs: number;
    readonly maintenanceMs: number;
    readonly drainMs: number;
  };
  readonly bounds: {
    readonly requestBytes: number;
    /** Of a v2 message. */
    readonly bodyBytes: number;
    readonly inbox: number;
    /** At each Nym client. */
    readonly inboxBytes: number;
    readonly outboxBytes: number;
    readonly sessions: number;
    readonly challenges: number;
    /** Packets queued for one sender, and at one Nym client; `undefined`: no limit. */
    readonly lanePackets: number;
    readonly backlogPackets: number | undefined;
  };
  /** `undefined`: none. */
  readonly limits:
    | {
        readonly tag: Rate;
        readonly user: Rate;
        /** Of everybody together, by what is asked. */
        readonly budgets: {
          readonly lookups: Rate;
          readonly registrations: Rate;
          readonly logins: Rate;
          readonly recoveries: Rate;
          readonly sends: Rate;
          readonly mailboxes: Rate;
          readonly groups: Rate;
          readonly prekeys: Rate;
        };
      }
    | undefined;
  readonly reservedNames: readonly string[];
  readonly log: {
    readonly level: "error" | "warn" | "info" | "debug";
    readonly filePath: string;
    readonly fileBytes: number;
    readonly files: number;
    readonly summaryMs: number;
  };
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The configuration that the settings amount to; `makeSecret` as in `Config`. */
export function toConfig(settings: Effective, makeSecret: boolean): Config {
  return {
    production: settings.NODE_ENV === "production",
    dataDir: settings.DATA_DIR,
    nymClient: {
      kind: settings.NYM_CLIENT,
      pool: poolOf(settings),
      binary: settings.NYM_CLIENT_BINARY,
      allowUnpinned: settings.NYM_CLIENT_ALLOW_UNPINNED === "1",
      apis: settings.NYM_APIS,
      gateway: settings.NYM_GATEWAY,
      mode: settings.NYM_CLIENT_MODE,
      packetsPerSecond: packetsPerSecondOf(settings),
      addressFile: settings.ADDRESS_FILE,
      frameMaxBytes: settings.FRAME_MAX_BYTES,
      pingMs: toMs(settings.PING_SECONDS, SECOND_MS),
      handshakeMs: toMs(settings.HANDSHAKE_SECONDS, SECOND_MS),
      reconnectMinMs: settings.RECONNECT_MIN_MS,
      reconnectMaxMs: settings.RECONNECT_MAX_MS,
      closeMs: toMs(settings.CLOSE_SECONDS, SECOND_MS),
      askMs: toMs(settings.ASK_SECONDS, SECOND_MS),
      startAllowanceMs: toMs(settings.START_ALLOWANCE_SECONDS, SECOND_MS),
      stopGraceMs: toMs(settings.STOP_GRACE_SECONDS, SECOND_MS),
      restartMinMs: toMs(settings.RESTART_MIN_SECONDS, SECOND_MS),
      restartMaxMs: toMs(settings.RESTART_MAX_SECONDS, SECOND_MS),
      liveness: settings.LIVENESS_EVERY_SECONDS === 0 ? undefined : livenessOf(settings),
      memory: {
        maxBytes: settings.NYM_CLIENT_MAX_RSS_BYTES,
        everyMs: toMs(settings.MEMORY_CHECK_SECONDS, SECOND_MS),
        pauseMs: toMs(settings.MEMORY_RESTART_MINUTES, MINUTE_MS),
      },
    },
    loopback: {
      usersPort: settings.LOOPBACK_USERS_PORT,
      controlPort: settings.LOOPBACK_CONTROL_PORT,
      packetsPerSecond: settings.LOOPBACK_PACKETS_PER_SECOND,
      seed: settings.LOOPBACK_SEED,
    },
    store: {
      databasePath: settings.DATABASE_PATH,
      busyTimeoutMs: toMs(settings.BUSY_TIMEOUT_SECONDS, SECOND_MS),
      maxDatabaseBytes: settings.MAX_DATABASE_BYTES,
      mailbox: { messages: settings.MAILBOX_MESSAGES, bytes: settings.MAILBOX_BYTES },
      groups: { perUser: settings.GROUPS_PER_USER, logEntries: settings.GROUP_LOG_ENTRIES },
      contacts: { all: settings.CONTACTS_MAX, received: settings.CONTACT_REQUESTS_MAX },
      history: { copies: settings.HISTORY_COPIES, bytes: settings.HISTORY_BYTES },
      prekeys: { most: settings.PREKEYS_MAX, perHour: settings.PREKEYS_PER_HOUR, low: settings.PREKEYS_LOW },
    },
    identity: {
      keysDir: settings.KEYS_DIR,
      secretPath: settings.SECRET_PATH,
      makeSecret,
      scryptLog2N: settings.SCRYPT_LOG2_N,
    },
    times: {
      challengeMs: toMs(settings.CHALLENGE_SECONDS, SECOND_MS),
      routeFreshMs: toMs(settings.ROUTE_FRESH_SECONDS, SECOND_MS),
      routeMs: toMs(settings.ROUTE_DAYS, DAY_MS),
      handoverMs: toMs(settings.HANDOVER_SECONDS, SECOND_MS),
      lanePollMs: settings.LANE_POLL_MS,
      messageMs: toMs(settings.MESSAGE_DAYS, DAY_MS),
      replayMs: toMs(settings.REPLAY_DAYS, DAY_MS),
      outcomeMs: toMs(settings.OUTCOME_HOURS, HOUR_MS),
      requestWindowMs: toMs(settings.REQUEST_WINDOW_SECONDS, SECOND_MS),
      nameHoldMs: toMs(settings.NAME_HOLD_DAYS, DAY_MS),
      recoveryMs: toMs(settings.RECOVERY_HOURS, HOUR_MS),
      contactRequestMs: toMs(settings.CONTACT_REQUEST_DAYS, DAY_MS),
      copyMs: toMs(settings.HISTORY_DAYS, DAY_MS),
      ackMs: toMs(settings.ACK_SECONDS, SECOND_MS),
      ackMaxMs: toMs(settings.ACK_MAX_SECONDS, SECOND_MS),
      maintenanceMs: toMs(settings.MAINTENANCE_MINUTES, MINUTE_MS),
      drainMs: toMs(settings.DRAIN_SECONDS, SECOND_MS),
    },
    bounds: {
      requestBytes: settings.MAX_REQUEST_BYTES,
      bodyBytes: settings.MESSAGE_BODY_BYTES,
      inbox: settings.INBOX_MAX,
      inboxBytes: settings.INBOX_BYTES,
      outboxBytes: settings.OUTBOX_BYTES,
      sessions: settings.SESSIONS_MAX,
      challenges: settings.CHALLENGES_MAX,
      lanePackets: settings.LANE_LIMIT_PACKETS,
      backlogPackets: backlogLimitOf(settings),
    },
    limits: settings.LIMITS ? limitsOf(settings) : undefined,
    reservedNames: settings.RESERVED_NAMES,
    log: {
      level: settings.LOG_LEVEL,
      filePath: settings.LOG_FILE_PATH,
      fileBytes: settings.LOG_FILE_BYTES,
      files: settings.LOG_FILES,
      summaryMs: toMs(settings.SUMMARY_MINUTES, MINUTE_MS),
    },
  };
}

function toMs(time: number, unitMs: number): number {
  return Math.round(time * unitMs);
}

function poolOf(settings: Effective): Config["nymClient"]["pool"] {
  return Array.from({ length: settings.NYM_CLIENTS }, (_, index) => {
    const id = index === 0 ? settings.NYM_CLIENT_ID : `${settings.NYM_CLIENT_ID}-${index}`;
    return { id, url: settings.WEBSOCKET_URL[index] ?? followingPort(settings.WEBSOCKET_URL[0] ?? "", index) };
  });
}

/** The URL with a port that is `offset` higher; port 0 stays what it is. */
function followingPort(first: string, offset: number): string {
  const url = new URL(first);
  if (url.port !== "0") url.port = String(Number(url.port === "" ? 80 : url.port) + offset);
  return url.href.replace(/\/$/, "");
}

function livenessOf(settings: Effective): NonNullable<Config["nymClient"]["liveness"]> {
  return {
    everyMs: toMs(settings.LIVENESS_EVERY_SECONDS, SECOND_MS),
    addressMs: toMs(settings.LIVENESS_SELF_ADDRESS_SECONDS, SECOND_MS),
    probeMs: toMs(settings.LIVENESS_PROBE_SECONDS, SECOND_MS),
    misses: settings.LIVENESS_MISSES,
    busySeconds: settings.LIVENESS_BUSY_SECONDS,
  };
}

/** What was counted on a real network, by mode. */
const PACKETS_PER_SECOND = { default: 50, fastmode: 250, "no-cover": 470 } as const;
const BACKLOG_SECONDS = 30;

function packetsPerSecondOf(settings: Effective): number {
  if (settings.NYM_CLIENT !== "loopback") return PACKETS_PER_SECOND[settings.NYM_CLIENT_MODE];
  return settings.LOOPBACK_PACKETS_PER_SECOND === 0 ? Infinity : settings.LOOPBACK_PACKETS_PER_SECOND;
}

function backlogLimitOf(settings: Effective): number | undefined {
  const otherwise = settings.LIMITS ? Math.ceil(BACKLOG_SECONDS * packetsPerSecondOf(settings)) : 0;
  const packets = settings.BACKLOG_LIMIT_PACKETS ?? otherwise;
  return packets === 0 || packets === Infinity ? undefined : packets;
}

function limitsOf(settings: Effective): NonNullable<Config["limits"]> {
  const total = (perSecond: number): Rate => ({
    perSecond,
    burst: Math.max(1, perSecond * settings.LIMIT_BURST_SECONDS),
  });
  return {
    tag: { perSecond: settings.LIMIT_TAG_PER_SECOND, burst: settings.LIMIT_TAG_BURST },
    user: { perSecond: settings.LIMIT_USER_PER_SECOND, burst: settings.LIMIT_USER_BURST },
    budgets: {
      lookups: total(settings.LIMIT_LOOKUPS_PER_SECOND),
      registrations: total(settings.LIMIT_REGISTRATIONS_PER_SECOND),
      logins: total(settings.LIMIT_LOGINS_PER_SECOND),
      recoveries: total(settings.LIMIT_RECOVERIES_PER_SECOND),
      sends: total(settings.LIMIT_SENDS_PER_SECOND),
      mailboxes: total(settings.LIMIT_MAILBOXES_PER_SECOND),
      groups: total(settings.LIMIT_GROUPS_PER_SECOND),
      prekeys: total(settings.LIMIT_PREKEYS_PER_SECOND),
    },
  };
}
