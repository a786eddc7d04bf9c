import { openMemoryStore } from "../support/memory-store.js";
import { openStore } from "../support/sqlite-store.js";
import { describeStore } from "./store.js";

describeStore("memory", (options) => Promise.resolve(openMemoryStore(options)));
describeStore("SQLite", async (options) => (await openStore(options)).store);
