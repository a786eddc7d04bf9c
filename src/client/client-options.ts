/** What a client of a directory can be told, checked. */
import { type NymAddress, parseAddress } from "../protocol/nym-client/address.js";
import { parseP256Pem } from "../protocol/v1/keys.js";
import type { Timing } from "./exchange.js";

/** Options of a client; times in milliseconds. */
export interface DirectoryClientOptions extends Partial<Timing> {
  /**
   * Nym addresses of the directory: of several, one is used to look others up and another for everything else, and when
   * nobody answers at one, the next.
   */
  readonly directory: string | readonly string[];
  /** PEM of the key that signs the directory's replies; an answer that it has not signed is then ignored. */
  readonly replyKey?: string;
  /** How often to be heard from when there is nothing to say, so that messages are pushed to us. 0: never. Default 4 minutes. */
  readonly keepAlive?: number;
  /** Size of the largest request that the directory reads, in bytes. Default 65,536. */
  readonly maxRequestBytes?: number;
}

/** Options with no gaps. */
export interface ClientSettings {
  /** Of the directory; see `addresses.ts`. */
  readonly addresses: readonly NymAddress[];
  /** Which of them to begin with. */
  readonly start: number;
  /** DER, if the directory's reply key is known. */
  readonly replyKey: Uint8Array | undefined;
  readonly keepAlive: number;
  readonly maxRequestBytes: number;
  readonly timing: Timing;
}

/** A look-up over a real mixnet takes a third of a second, and a Nym client sends lost packets again by itself. */
const DEFAULT_TIMING: Timing = { answerTimeout: 10_000, retries: 3, retryPause: 500, strayLifetime: 30_000 };
/** Below the five minutes after which neither a Nym client nor the directory pushes any more. */
const DEFAULT_KEEP_ALIVE = 240_000;
const DEFAULT_MAX_REQUEST_BYTES = 65_536;

/** Fills in the defaults, and picks among the addresses with `random` (0 to 1). Throws a RangeError for what cannot be. */
export function settingsOf(options: DirectoryClientOptions, random: () => number): ClientSettings {
  const texts = typeof options.directory === "string" ? [options.directory] : options.directory;
  const addresses = texts.map((text) => {
    const address = parseAddress(text.trim());
    if (address === undefined) throw new RangeError("directory must be one or more Nym addresses");
    return address;
  });
  if (addresses.length === 0) throw new RangeError("directory must be one or more Nym addresses");
  return {
    addresses,
    start: Math.floor(random() * addresses.length),
    replyKey: options.replyKey === undefined ? undefined : keyOf(options.replyKey),
    keepAlive: options.keepAlive ?? DEFAULT_KEEP_ALIVE,
    maxRequestBytes: options.maxRequestBytes ?? DEFAULT_MAX_REQUEST_BYTES,
    timing: {
      answerTimeout: options.answerTimeout ?? DEFAULT_TIMING.answerTimeout,
      retries: options.retries ?? DEFAULT_TIMING.retries,
      retryPause: options.retryPause ?? DEFAULT_TIMING.retryPause,
      strayLifetime: options.strayLifetime ?? DEFAULT_TIMING.strayLifetime,
    },
  };
}

function keyOf(pem: string): Uint8Array {
  const key = parseP256Pem(pem);
  if (key === undefined) throw new RangeError("replyKey must be the PEM of a P-256 public key");
  return key;
}
