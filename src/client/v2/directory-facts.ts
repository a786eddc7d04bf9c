/** What is known of the directory: who it is, which of its epochs this is, what time it is there, and where it can be reached. */
import { addressFromBytes, type NymAddress } from "../../protocol/nym-client/address.js";
import { replyPackets } from "../../protocol/packets.js";
import { verifyEd25519 } from "../../protocol/v2/ed25519.js";
import type { Info } from "../../protocol/v2/reply.js";
import type { Ed25519Key } from "../../protocol/v2/terms.js";
import { addressesText, type RequestAudience } from "../../protocol/v2/signed-texts.js";
import type { Clock } from "../../util/time.js";
import { sameKey } from "../keys.js";
import { AccountError } from "./account-error.js";
import type { Book } from "./book.js";
import type { Inquiry } from "./inquiry.js";
import { DIRECTORY, type KnownDirectory } from "./tables.js";

/** The directory, as the account knows it. */
export interface DirectoryFacts {
  /** For whom requests are signed. Asks the directory if need be. */
  audience(): Promise<RequestAudience>;
  /** Seconds since 1970 by the directory's clock, as far as it was told. */
  now(): number;
  /**
   * Is it that hour (since 1970) at the directory, or was a moment ago? Our clock may be wrong until it has told its own,
   * and so it is asked at that address before the answer is no.
   */
  isHour(hour: number, at: NymAddress): Promise<boolean>;
  /** What was told last, in this run or before. */
  readonly known: KnownDirectory | undefined;
  /** Asks the directory, at that address, and believes it if it is the one that is trusted. */
  refresh(at: NymAddress): Promise<void>;
}

export interface DirectoryFactsComponents {
  readonly book: Book;
  readonly inquiry: Pick<Inquiry, "ask">;
  readonly clock: Clock;
  /** Where to ask. */
  readonly home: () => NymAddress;
  /** Something else than before was told. */
  readonly changed: (now: KnownDirectory, before: KnownDirectory | undefined) => Promise<void>;
}

/** Bytes of an answer to `info` besides the addresses, at most; and of an address. */
const INFO_BYTES = 450;
const ADDRESS_BYTES = 98;
/** Addresses for which SURBs are brought before it is known how many there are. */
const EXPECTED_ADDRESSES = 8;
const SECONDS_OF_HOUR = 3_600;

/** The facts in the book. `pinned` is the identity key that is trusted; without one, the first that answers is, and stays so. */
export function createDirectoryFacts(
  { book, inquiry, clock, home, changed }: DirectoryFactsComponents,
  pinned: Ed25519Key | undefined,
): DirectoryFacts {
  /** Milliseconds that the directory's clock is ahead of ours. */
  let offset = 0;
  let asking: Promise<void> | undefined;

  async function ask(to: NymAddress): Promise<void> {
    const before = book.get(DIRECTORY);
    const addresses = before?.addresses.length ?? EXPECTED_ADDRESSES;
    const surbs = 1 + replyPackets(INFO_BYTES + ADDRESS_BYTES * addresses);
    const info = await inquiry.ask({ action: "info", body: {}, to, surbs, fill: false });
    await check(info, pinned ?? before?.identity);
    offset = info.time * 1_000 - clock();
    const { maxBody, maxHours } = info.limits;
    const now = { identity: info.identity, epoch: info.epoch, addresses: info.addresses.list, maxBody, maxHours };
    if (before !== undefined && isSame(now, before)) return;
    await book.change((page) => page.put(DIRECTORY, "", now));
    await changed(now, before);
  }

  const isNear = (hour: number): boolean => Math.abs(hour - Math.floor(facts.now() / SECONDS_OF_HOUR)) <= 1;

  const facts: DirectoryFacts = {
    async audience() {
      if (book.get(DIRECTORY) === undefined) await facts.refresh(home());
      const known = book.get(DIRECTORY);
      if (known === undefined) throw new AccountError("foreignDirectory");
      return { identity: known.identity, epoch: known.epoch };
    },
    now: () => Math.floor((clock() + offset) / 1_000),
    async isHour(hour, at) {
      if (!isNear(hour)) await facts.refresh(at);
      return isNear(hour);
    },
    get known() {
      return book.get(DIRECTORY);
    },
    refresh(at) {
      asking ??= ask(at).finally(() => (asking = undefined));
      return asking;
    },
  };
  return facts;
}

/** The addresses of a directory in their text form. */
export function poolOf({ addresses }: KnownDirectory): NymAddress[] {
  return addresses.map(addressFromBytes);
}

async function check({ identity, addresses }: Info, trusted: Ed25519Key | undefined): Promise<void> {
  const isTrusted = trusted === undefined || sameKey(identity, trusted);
  const text = addressesText(identity, addresses.list);
  if (!isTrusted || !(await verifyEd25519(addresses.signature, text, identity)))
    throw new AccountError("foreignDirectory");
}

function isSame(one: KnownDirectory, other: KnownDirectory): boolean {
  const numbers = (["epoch", "maxBody", "maxHours"] as const).every((name) => one[name] === other[name]);
  const texts = [one, other].map((each) => poolOf(each).join());
  return numbers && sameKey(one.identity, other.identity) && texts[0] === texts[1];
}
