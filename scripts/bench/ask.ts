/** Requests one at a time for each user, and their answers: for what is not measured itself. */
import { decodeReply, type ReceivedReply } from "../../src/protocol/v2/reply-codec.js";
import type { Bound } from "../v2-user/account.js";
import type { BenchNymClient } from "./nym-client.js";
import { pushedItems } from "./v2-frames.js";
import { anonymousFrame, signedFrame, type V2BenchUser } from "./v2-requests.js";

const STALLED_AFTER_MS = 30_000;
/** Users at a time. */
const TOGETHER = 64;

/** Told to whom something was pushed, and what. */
type PushListener = (user: number, items: NonNullable<ReturnType<typeof pushedItems>>) => void;

/** Asks for a user, of whom nothing else is under way, and gives the answer. */
export type Ask = (user: number, frame: Buffer) => Promise<ReceivedReply>;

/** Takes the replies of a Nym client from now on; `pushed` hears of what is pushed. */
export function askThrough(nymClient: BenchNymClient, pushed: PushListener = () => undefined): Ask {
  const waiting = new Map<number, (reply: ReceivedReply) => void>();
  nymClient.listen((user, message) => {
    const items = pushedItems(message);
    if (items !== undefined) pushed(user, items);
    const take = waiting.get(user);
    if (take === undefined || items !== undefined) return;
    const reply = decodeReply(message);
    if (reply === undefined || reply.action === "push") throw new Error("the directory sent what is no reply");
    waiting.delete(user);
    take(reply);
  });
  return (user, frame) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("the directory does not answer")), STALLED_AFTER_MS);
      waiting.set(user, (reply) => {
        clearTimeout(late);
        resolve(reply);
      });
      nymClient.push(frame);
    });
}

/** Calls `each` for all users, some at a time. */
export async function forAll(
  users: readonly V2BenchUser[],
  each: (user: V2BenchUser) => Promise<unknown>,
): Promise<void> {
  const left = [...users];
  const worker = async (): Promise<void> => {
    for (let user = left.pop(); user !== undefined; user = left.pop()) await each(user);
  };
  await Promise.all(Array.from({ length: TOGETHER }, worker));
}

/** Whom signatures are for. */
export async function boundOf(ask: Ask): Promise<Bound> {
  const reply = await ask(0, anonymousFrame(0, "info", {}));
  if (reply.result !== "ok" || reply.action !== "info") throw new Error("there is no info");
  return reply.answer;
}

/** Registers users, or logs them in where they are. */
export async function prove(
  ask: Ask,
  bound: Bound,
  users: readonly V2BenchUser[],
  purpose: "registration" | "login",
): Promise<void> {
  await forAll(users, async (user) => {
    const { number, name, keys } = user;
    const key = keys.publicKey;
    const offer =
      purpose === "registration"
        ? await ask(number, anonymousFrame(number, "register", { name, key }))
        : await ask(number, anonymousFrame(number, "login", { name }));
    if (offer.result !== "ok" || !(offer.action === "register" || offer.action === "login")) throw refused(offer);
    const { challenge } = offer.answer;
    const body = purpose === "registration" ? { purpose, challenge, key } : { purpose, challenge };
    await must(ask, user, signedFrame(bound, user, "prove", body));
  });
}

/** Asks for `user` what must not be refused. */
export async function must(ask: Ask, { number }: V2BenchUser, frame: Buffer): Promise<void> {
  const reply = await ask(number, frame);
  if (reply.result !== "ok") throw refused(reply);
}

/** What says that a reply was not what it should be. */
export function refused({ action, result }: ReceivedReply): Error {
  return new Error(`${action ?? "a request"} was answered ${result}`);
}
