/** What an account remembers of prekeys, as records: what it has published, public halves only, and what it is about to take. */
import { id, key } from "../../protocol/v2/bodies.js";
import type { UserName } from "../../protocol/v2/names.js";
import { type Prekey, PREKEY_BODIES, PREKEY_BYTES, type PrekeyBodies } from "../../protocol/v2/prekeys.js";
import { bool, bytes, list, name, optional, record, required, tuple, uint } from "../../protocol/v2/shapes.js";
import type { Ed25519Key, RequestId } from "../../protocol/v2/terms.js";
import type { Table } from "./tables.js";

/** A one-time prekey of ours, and with which publication of this account it came. */
export interface OneTimePrekey extends Prekey {
  readonly publication: number;
}

/** What we know the directory to have, but for what was taken since. */
export interface KnownPrekeys {
  readonly signed?: Prekey;
  readonly lastResort?: Prekey;
  /** By their ids. */
  readonly oneTime: readonly OneTimePrekey[];
  /** Is it all that there is? */
  readonly whole: boolean;
}

/** A publication that may or may not have taken effect. */
export interface PendingPublication {
  readonly id: RequestId;
  /** Seconds since 1970. */
  readonly time: number;
  readonly body: PrekeyBodies["publish"];
}

/** What we have published, and when it was good. */
export interface PublishedPrekeys extends KnownPrekeys {
  /** Our public key at that time, and the directory's epoch: with another of either, it is void. */
  readonly signer: Ed25519Key;
  readonly epoch: number;
  readonly publications: number;
}

/** A `take` that was not answered. */
export interface PendingTake {
  readonly id: RequestId;
  /** Seconds since 1970. */
  readonly time: number;
  readonly name: UserName;
  /** Of whom we take. */
  readonly key: Ed25519Key;
}

const number = uint();
const opaque = bytes(1, PREKEY_BYTES);
const prekey = tuple<Prekey>({ id: number, key: opaque });

export const PREKEYS: Table<PublishedPrekeys> = {
  name: "prekeys",
  shape: record<PublishedPrekeys>({
    signer: required(0, key),
    epoch: required(1, number),
    signed: optional(2, prekey),
    lastResort: optional(3, prekey),
    oneTime: required(4, list(tuple<OneTimePrekey>({ id: number, key: opaque, publication: number }))),
    whole: required(5, bool),
    publications: required(6, number),
  }),
};

/** With the key and the epoch for which it was signed. */
export const PUBLICATION: Table<PendingPublication & Pick<PublishedPrekeys, "signer" | "epoch">> = {
  name: "publication",
  shape: record<PendingPublication & Pick<PublishedPrekeys, "signer" | "epoch">>({
    id: required(0, id),
    time: required(1, number),
    body: required(2, PREKEY_BODIES.publish),
    signer: required(3, key),
    epoch: required(4, number),
  }),
};

/** By folded name. */
export const TAKES: Table<PendingTake> = {
  name: "take",
  shape: record<PendingTake>({
    id: required(0, id),
    time: required(1, number),
    name: required(2, name),
    key: required(3, key),
  }),
};
