import { openMemoryStore } from "../support/memory-store.js";
import type { OpenStore } from "../support/populated-store.js";
import { openStore } from "../support/sqlite-store.js";
import { describeAccounts } from "./store-accounts.js";
import { describePrekeys } from "./store-prekeys.js";
import { describeGroups } from "./store-groups.js";
import { describeHistory } from "./store-history.js";
import { describeContacts } from "./store-contacts.js";
import { describeOperators } from "./store-operators.js";
import { describeSettling } from "./store-settling.js";
import { describeStore } from "./store.js";

const STORES: Readonly<Record<string, OpenStore>> = {
  memory: (options) => Promise.resolve(openMemoryStore(options)),
  SQLite: async (options) => (await openStore(options)).store,
};

for (const [name, open] of Object.entries(STORES)) {
  describeStore(name, open);
  describeAccounts(name, open);
  describeSettling(name, open);
  describePrekeys(name, open);
  describeGroups(name, open);
  describeHistory(name, open);
  describeContacts(name, open);
  describeOperators(name, open);
}
