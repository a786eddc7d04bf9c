/** What an account can be told, checked. */
import { type NymAddress, parseAddress } from "../../protocol/nym-client/address.js";
import { ed25519Raw } from "../../protocol/v2/ed25519.js";
import { derOfPem } from "../../protocol/v1/keys.js";
import type { Ed25519Key } from "../../protocol/v2/terms.js";
import type { Patience } from "./inquiry.js";

/** Options of an account; times in milliseconds. */
export interface AccountOptions extends Partial<Patience> {
  /** Nym addresses of the directory: of several, one is used to look others up and another for everything else. */
  readonly directory: string | readonly string[];
  /**
   * PEM of the directory's identity key, as `nym-directory identity` prints it. Without it the first directory that
   * answers is trusted, and no other after it.
   */
  readonly identity?: string;
  /** How often to ask how the account stands, and so to be heard from. Default 4 minutes; 0: only when connected. */
  readonly interval?: number;
  /** How long acknowledgements are gathered before they are sent. Default 1 second. */
  readonly ackDelay?: number;
  /** How long a push that others have overtaken is waited for before it is fetched. Default 1 second. */
  readonly gapDelay?: number;
  /** For how long the directory's word on a contact's key is believed. Default 24 hours. */
  readonly contactFreshness?: number;
  /** The shortest and the longest pause of what is tried until it succeeds. Default 1 second and 1 minute. */
  readonly pause?: readonly [number, number];
}

/** Options with no gaps. */
export interface AccountSettings {
  readonly addresses: readonly [NymAddress, ...NymAddress[]];
  readonly identity: Ed25519Key | undefined;
  readonly interval: number;
  readonly ackDelay: number;
  readonly gapDelay: number;
  readonly contactFreshness: number;
  readonly pause: readonly [number, number];
  readonly patience: Patience;
}

/** A look-up over a real mixnet takes a third of a second, and a Nym client sends lost packets again by itself. */
const PATIENCE: Patience = { answerTimeout: 10_000, retries: 3, retryPause: 500 };
/** Below the five minutes after which neither a Nym client nor the directory pushes any more. */
const INTERVAL = 240_000;
const DELAY = 1_000;
const FRESHNESS = 86_400_000;
const PAUSE = [1_000, 60_000] as const;

/** Fills in the defaults. Throws a RangeError for what cannot be. */
export function settingsOf(options: AccountOptions): AccountSettings {
  const texts = typeof options.directory === "string" ? [options.directory] : options.directory;
  const [first, ...others] = texts.map((text) => {
    const address = parseAddress(text.trim());
    if (address === undefined) throw new RangeError("directory must be one or more Nym addresses");
    return address;
  });
  if (first === undefined) throw new RangeError("directory must be one or more Nym addresses");
  return {
    addresses: [first, ...others],
    identity: options.identity === undefined ? undefined : keyOf(options.identity),
    interval: options.interval ?? INTERVAL,
    ackDelay: options.ackDelay ?? DELAY,
    gapDelay: options.gapDelay ?? DELAY,
    contactFreshness: options.contactFreshness ?? FRESHNESS,
    pause: options.pause ?? PAUSE,
    patience: {
      answerTimeout: options.answerTimeout ?? PATIENCE.answerTimeout,
      retries: options.retries ?? PATIENCE.retries,
      retryPause: options.retryPause ?? PATIENCE.retryPause,
    },
  };
}

function keyOf(pem: string): Ed25519Key {
  const der = derOfPem(pem);
  const key = der && ed25519Raw(der);
  if (key === undefined) throw new RangeError("identity must be the PEM of an Ed25519 public key");
  return key;
}
