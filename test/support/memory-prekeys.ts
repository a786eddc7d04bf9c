/** The prekeys of the store that is a dumb model. */
import { encodePrekeyNoticePayload } from "../../src/protocol/v2/payload.js";
import { NOTICE_HOURS, type PrekeyChange, type PrekeyRow, type PrekeysRow } from "../../src/store/prekeys.js";
import type { SignedPrekeyRow } from "../../src/store/prekeys.js";
import type { UserId } from "../../src/store/identifiers.js";
import type { Hour } from "../../src/util/time.js";

type ChangeOf<Kind extends PrekeyChange["kind"]> = Extract<PrekeyChange, { kind: Kind }>;

interface Supply {
  signed: SignedPrekeyRow | undefined;
  lastResort: SignedPrekeyRow | undefined;
  oneTime: readonly PrekeyRow[];
  taken: PrekeysRow["taken"];
  told: boolean;
}

interface Taken {
  readonly user: UserId;
  readonly prekey: PrekeyRow;
  readonly expires: Hour;
}

/** Puts a notice that lasts so many hours into the owner's mailbox; says whether there was room. */
type Notify = (payload: Uint8Array, lasts: number) => boolean;

export class MemoryPrekeys {
  readonly #supplies = new Map<UserId, Supply>();
  readonly #taken = new Map<string, Taken>();

  copy(): MemoryPrekeys {
    const copy = new MemoryPrekeys();
    for (const [user, supply] of this.#supplies) copy.#supplies.set(user, { ...supply });
    for (const [outcome, taken] of this.#taken) copy.#taken.set(outcome, taken);
    return copy;
  }

  publish({
    user,
    signed,
    lastResort,
    oneTime,
    replace,
    most,
    hour,
  }: ChangeOf<"publishPrekeys">): "applied" | "conflict" {
    const before = this.#supplies.get(user);
    const published = oneTime.map(({ id, key }) => ({ id, key: Buffer.from(key) }));
    const others = (replace ? [] : (before?.oneTime ?? [])).filter(({ id }) => !published.some((one) => one.id === id));
    const all = [...others, ...published].toSorted((one, other) => one.id - other.id);
    if (all.length > most) return "conflict";
    const aged = (prekey: typeof signed, old: SignedPrekeyRow | undefined) =>
      prekey === undefined
        ? old
        : { id: prekey.id, key: Buffer.from(prekey.key), signature: Buffer.from(prekey.signature), hour };
    this.#supplies.set(user, {
      signed: aged(signed, before?.signed),
      lastResort: aged(lastResort, before?.lastResort),
      oneTime: all,
      taken: before?.taken ?? { hour: 0 as Hour, all: 0, strangers: 0 },
      told: false,
    });
    return "applied";
  }

  take(
    { user, id, outcome, hour, stranger, most, low }: ChangeOf<"takePrekey">,
    notify: Notify,
  ): "applied" | "conflict" {
    if (this.#taken.has(hex(outcome.id))) return "conflict";
    const supply = this.#supplies.get(user);
    const prekey = supply?.oneTime.find((one) => one.id === id);
    if (supply === undefined || prekey === undefined) return "conflict";
    const spent = supply.taken.hour === hour ? supply.taken : { all: 0, strangers: 0 };
    if (spent.all >= most.all || (stranger && spent.strangers >= most.strangers)) return "conflict";
    supply.taken = { hour, all: spent.all + 1, strangers: spent.strangers + (stranger ? 1 : 0) };
    supply.oneTime = supply.oneTime.filter((one) => one !== prekey);
    this.#taken.set(hex(outcome.id), { user, prekey, expires: outcome.expires });
    const left = supply.oneTime.length;
    if (left < low && !supply.told) supply.told = notify(encodePrekeyNoticePayload(left), NOTICE_HOURS);
    return "applied";
  }

  void(user: UserId): void {
    this.#supplies.delete(user);
    for (const [outcome, taken] of this.#taken) if (taken.user === user) this.#taken.delete(outcome);
  }

  sweep(now: Hour): number {
    return [...this.#taken].filter(([outcome, { expires }]) => expires < now && this.#taken.delete(outcome)).length;
  }

  read(user: UserId, limit: number): PrekeysRow | undefined {
    const supply = this.#supplies.get(user);
    if (supply === undefined) return undefined;
    const { signed, lastResort, oneTime, taken } = supply;
    return { signed, lastResort, oneTime: oneTime.slice(0, limit), count: oneTime.length, taken };
  }

  readTaken(outcome: Uint8Array): PrekeyRow | undefined {
    return this.#taken.get(hex(outcome))?.prekey;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
