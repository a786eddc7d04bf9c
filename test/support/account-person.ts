/** Accounts at the loopback mixnet of a real directory, and what they had to tell. */
import {
  type Account,
  type AccountErrorCode,
  type AccountEvent,
  type AccountOptions,
  createMemoryRecordStore,
  createWebSocketTransport,
  type News,
  openAccount,
  type RecordStore,
} from "../../src/client/client.js";
import type { LocalDirectory } from "../../scripts/local-directory.js";
import type { Ed25519Key } from "../../src/protocol/v2/terms.js";
import { seeName, seeText } from "./seen.js";

/** Somebody with an account. */
export interface AccountPerson extends AsyncDisposable {
  readonly name: string;
  readonly account: Account;
  readonly store: RecordStore;
  readonly events: AccountEvent[];
  readonly news: News[];
  /** Texts that came, with who wrote them. */
  texts(): string[];
  /** What became of our own messages so far, one after the other. */
  fates(id: string): string[];
  /** Requests that were sent, by action. */
  sent(action: string): number;
}

/** Soon enough for a test. */
const QUICK: Partial<AccountOptions> = { ackDelay: 20, gapDelay: 30, pause: [20, 200] };

/** Where accounts find their directory. */
type Place = Pick<LocalDirectory, "users" | "addresses" | "identity">;

/** Opens the account in a store, for the Nym client called `name`. */
export async function openPerson(
  directory: Place,
  name: string,
  options: Partial<AccountOptions> = {},
  store: RecordStore = createMemoryRecordStore(),
): Promise<AccountPerson> {
  seeName(name);
  const events: AccountEvent[] = [];
  const news: News[] = [];
  const account = await openAccount(
    {
      transport: createWebSocketTransport({ url: `${directory.users}/${name}`, reconnect: [10, 30] }),
      store,
      observe: (event) => void events.push(event),
    },
    { directory: directory.addresses, identity: directory.identity, ...QUICK, ...options },
  );
  void (async () => {
    for await (const each of account.news()) {
      news.push(each);
      if (each.kind === "message") seeText(each.text);
    }
  })();
  return {
    name,
    account,
    store,
    events,
    news,
    texts: () => news.flatMap((each) => (each.kind === "message" ? `${each.sender}: ${each.text}` : [])),
    fates: (id) => news.flatMap((each) => (each.kind === "fate" && each.id === id ? each.fate : [])),
    sent: (action) => events.filter((event) => event.type === "sent" && event.action === action).length,
    [Symbol.asyncDispose]: () => account.close(),
  };
}

/** Opens accounts, each registered under the name of its Nym client, at a directory that runs once one is opened. */
export function joining(directory: () => Place) {
  return async (name: string, options?: Partial<AccountOptions>, recovery?: Ed25519Key): Promise<AccountPerson> => {
    const person = await openPerson(directory(), name, options);
    await person.account.register(name, recovery);
    return person;
  };
}

/** With which code it was refused, if it was. */
export function codeOf(promise: Promise<unknown>): Promise<AccountErrorCode | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => (error as { code?: AccountErrorCode }).code,
  );
}
