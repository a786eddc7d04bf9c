/** The requests of v2 users that load a directory, as frames of the Nym client. */
import { userName, type UserName } from "../../src/protocol/v2/names.js";
import { encodeRequest } from "../../src/protocol/v2/request-codec.js";
import type { Bodies, SignedAction, V2Action } from "../../src/protocol/v2/request.js";
import { type Bound, type Keys, newId, newKeys, signRequest, type Unsigned } from "../v2-user/account.js";
import { pushFrame } from "./nym-client.js";

/** A v2 user; its number is also its senderTag's. */
export interface V2BenchUser {
  readonly number: number;
  readonly name: UserName;
  readonly keys: Keys;
}

/** SURBs that a request says it brings. */
const SURBS = 2;

/** The name; throws for what is none. */
export function named(name: string): UserName {
  const found = userName(name);
  if (found === undefined) throw new Error("that is no name");
  return found;
}

/** So many users, the first with the number `first`. */
export function makeV2Users(count: number, first = 0): readonly V2BenchUser[] {
  return Array.from({ length: count }, (_, index) => ({
    number: first + index,
    name: named(`user-${first + index}`),
    keys: newKeys(),
  }));
}

/** A request that nobody signs. */
export function anonymousFrame<A extends Exclude<V2Action, SignedAction>>(
  user: number,
  action: A,
  body: Bodies[A],
): Buffer {
  return pushFrame(
    user,
    encodeRequest({ action, id: newId(), surbs: SURBS, body } as Parameters<typeof encodeRequest>[0]),
  );
}

/** A request that `user` signs. */
export function signedFrame<A extends SignedAction>(
  bound: Bound,
  { number, name, keys }: V2BenchUser,
  action: A,
  body: Bodies[A],
  surbs = SURBS,
): Buffer {
  const request = { action, id: newId(), surbs, body } as Unsigned<SignedAction>;
  const time = Math.floor(Date.now() / 1000);
  return pushFrame(number, encodeRequest(signRequest(bound, { name, keyVersion: 1, keys }, request, time)));
}
