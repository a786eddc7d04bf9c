/**
 * Every event that gets a line of its own: the life of the directory and of its parts. Requests never do, they are
 * counted. A field is a number, a fixed word or an error reduced to its class: nothing that could name a user.
 */
import { describeFailure } from "./failure.js";
import type { CounterName } from "./counters.js";
import type { LogLevel } from "./level.js";
import type { Log, LogFields } from "./logger.js";

/** A child process, by the name that its launch plan gives it. */
interface OfChild {
  readonly child: string;
}

/** A Nym client, by its position in the pool, from 0. */
interface OfClient {
  readonly client: number;
}

/** Something that was thrown; its class, code and place are written, never its message. */
interface OfError {
  readonly error: unknown;
}

/** The fields of each event; `null` for none. Times in milliseconds. */
interface EventFields {
  directoryStarting: { readonly version: string; readonly kind: string; readonly clients: number };
  directoryStarted: { readonly clients: number };
  directoryStopping: { readonly reason: string };
  directoryStopped: null;
  directoryFailed: OfError;
  loopbackInUse: null;
  wasmInUse: null;
  limitsOff: null;

  nymClientStarting: OfChild;
  nymClientReady: OfChild & { readonly afterMs: number };
  nymClientOverdue: OfChild & { readonly allowanceMs: number };
  nymClientRestarting: OfChild & { readonly reason: string };
  nymClientTooLarge: OfChild & { readonly rssBytes: number; readonly maxBytes: number };
  nymClientExited: OfChild & {
    readonly code: number | undefined;
    readonly signal: string | undefined;
    readonly restartInMs: number;
  };
  nymClientNotSpawned: OfChild & OfError & { readonly restartInMs: number };
  /** `step` of what comes before the launch failed. */
  nymClientNotPrepared: OfChild & {
    readonly step: string;
    readonly code: number | undefined;
    readonly signal: string | undefined;
    readonly restartInMs: number;
  };
  nymClientStopping: OfChild;
  nymClientKilled: OfChild & { readonly graceMs: number };
  nymClientStopped: OfChild & { readonly code: number | undefined; readonly signal: string | undefined };
  nymClientOrphanFound: OfChild;
  nymClientOrphanEnded: OfChild & { readonly signal: string };
  nymClientOrphanUnverified: OfChild;
  nymClientUnrecorded: OfChild & OfError;
  nymClientWarns: OfChild & { readonly at: string | undefined; readonly text: string };
  nymClientSays: OfChild & { readonly at: string | undefined; readonly text: string };
  nymClientWarningsSuppressed: OfChild & { readonly lines: number };
  nymClientLinesSuppressed: OfChild & { readonly lines: number };

  /** The program in nym-client/bin is not the one that was accepted, and NYM_CLIENT_ALLOW_UNPINNED lets it run. */
  nymClientUnpinned: null;
  /** The program that NYM_CLIENT_BINARY names: seen for the first time; another one than last time. */
  nymClientBinaryRecorded: null;
  nymClientBinaryChanged: null;
  /** A Nym client has another address than when the directory last ran: whoever knows the old one reaches nobody. */
  nymClientAddressChanged: OfClient;

  /** `misses`: checks in a row that came to nothing. */
  nymClientSilent: OfClient & { readonly misses: number };
  nymClientBusy: OfClient & { readonly queuedSeconds: number };
  bridgeOpened: OfClient & { readonly surbsLost: boolean };
  bridgeClosed: OfClient;
  bridgeReconnecting: OfClient;
  controlFailed: OfError;
  /** `attempts` failed in a row, the last with `code`. */
  bridgeUnreachable: OfClient & { readonly code: string; readonly attempts: number };
  addressesWritten: { readonly clients: number };

  storeOpened: { readonly schema: number };
  storeMigrated: { readonly from: number; readonly to: number };
  /** `fatal`: it will not recover by itself. */
  storeFailed: { readonly code: string; readonly fatal: boolean };
  storeRecovered: null;
  maintenanceFailed: OfError;
  swept: { readonly rows: number };
  walTruncated: null;
  backupWritten: null;
  restored: null;

  /** An operator's question, and what one changed: what it was about is nowhere. */
  operatorAsked: { readonly action: string };
  operatorActed: { readonly action: string; readonly result: string };

  keysCreated: null;
  keysOpened: null;
  secretCreated: null;
  secretExposed: null;

  sums: { readonly minutes: number } & Partial<Readonly<Record<CounterName, number>>>;
}

type EventName = keyof EventFields;

/** One function for each event. Components take `Pick<Events, ..>` of those that they report. */
export type Events = {
  readonly [K in EventName]: EventFields[K] extends null ? () => void : (fields: EventFields[K]) => void;
};

const LINES: Readonly<Record<EventName, readonly [LogLevel, string]>> = {
  directoryStarting: ["info", "directory starting"],
  directoryStarted: ["info", "directory started"],
  directoryStopping: ["info", "directory stopping"],
  directoryStopped: ["info", "directory stopped"],
  directoryFailed: ["error", "directory failed"],
  loopbackInUse: ["warn", "NO ANONYMITY: the loopback mixnet is for development only"],
  wasmInUse: ["warn", "NOT FOR SERVING: the WASM client is for trying the mixnet"],
  limitsOff: ["warn", "limits are off: for benchmarks only"],

  nymClientStarting: ["info", "nym client starting"],
  nymClientReady: ["info", "nym client ready"],
  nymClientOverdue: ["warn", "nym client not ready in time"],
  nymClientRestarting: ["warn", "nym client restarting"],
  nymClientTooLarge: ["warn", "nym client uses too much memory"],
  nymClientExited: ["warn", "nym client exited"],
  nymClientNotSpawned: ["error", "nym client could not be started"],
  nymClientNotPrepared: ["error", "nym client could not be prepared"],
  nymClientStopping: ["info", "nym client stopping"],
  nymClientKilled: ["warn", "nym client killed"],
  nymClientStopped: ["info", "nym client stopped"],
  nymClientOrphanFound: ["warn", "nym client of an earlier run found"],
  nymClientOrphanEnded: ["info", "nym client of an earlier run ended"],
  nymClientOrphanUnverified: ["warn", "nym client of an earlier run not verified, left alone"],
  nymClientUnrecorded: ["warn", "nym client not recorded"],
  nymClientWarns: ["warn", "nym client warns"],
  nymClientSays: ["debug", "nym client says"],
  nymClientWarningsSuppressed: ["info", "nym client warnings suppressed"],
  nymClientLinesSuppressed: ["debug", "nym client lines suppressed"],

  nymClientUnpinned: ["warn", "nym client program is not the accepted one"],
  nymClientBinaryRecorded: ["info", "nym client program recorded"],
  nymClientBinaryChanged: ["warn", "nym client program is another one than at the last start"],
  nymClientAddressChanged: ["warn", "NYM ADDRESS CHANGED: publish the new one, the old one leads nowhere"],

  nymClientSilent: ["warn", "nym client is silent"],
  nymClientBusy: ["info", "nym client is silent, and busy"],
  bridgeOpened: ["info", "bridge opened"],
  bridgeClosed: ["warn", "bridge closed"],
  bridgeUnreachable: ["warn", "bridge cannot reach its nym client"],
  bridgeReconnecting: ["warn", "nym client seems dead and is not ours to restart: connecting anew"],
  controlFailed: ["warn", "status cannot be asked for, and nothing be administered"],
  addressesWritten: ["info", "addresses written"],

  storeOpened: ["info", "store opened"],
  storeMigrated: ["info", "store migrated"],
  storeFailed: ["error", "store failed"],
  storeRecovered: ["info", "store recovered"],
  maintenanceFailed: ["warn", "maintenance failed"],
  swept: ["debug", "expired rows erased"],
  walTruncated: ["debug", "write-ahead log truncated"],
  backupWritten: ["info", "backup written"],
  restored: ["warn", "restored from a backup"],

  operatorAsked: ["info", "operator asked"],
  operatorActed: ["warn", "operator acted"],

  keysCreated: ["info", "keys created"],
  keysOpened: ["info", "keys opened"],
  secretExposed: ["warn", "everybody on this machine may read or change the passphrase: chmod 600"],
  secretCreated: ["warn", "passphrase created in the data folder; keep it elsewhere"],

  sums: ["info", "sums"],
};

/** The events, each writing its line to `log`. */
export function createEvents(log: Log): Events {
  const write = (name: EventName, fields: Readonly<Record<string, unknown>> = {}): void => {
    const { error, ...rest } = fields;
    const failure = "error" in fields ? describeFailure(error) : {};
    log(...LINES[name], { ...(rest as LogFields), ...failure });
  };
  const names = Object.keys(LINES) as EventName[];
  return Object.fromEntries(
    names.map((name) => [name, (fields?: Readonly<Record<string, unknown>>) => write(name, fields)]),
  ) as unknown as Events;
}
