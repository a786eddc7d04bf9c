/**
 * Rids indexes of names that are nobody's any more, and of contacts that have ended. What SQLite takes out of an index it overwrites, but not the copies
 * that it leaves in the unused part of a page when it moves entries from one page to another. So the index is written anew.
 */
import type { Connection } from "./connection.js";

/** The statements of scrubbing, for the connection that writes. */
export interface Scrub {
  /** To be called in the transaction that ends a name. */
  request(): void;
  /** To be called in the transaction that ends a contact. */
  requestContacts(): void;
  /** Does what was requested: about a second for a million names. */
  run(): void;
}

/** Prepares the statements. */
export function prepareScrub(db: Connection): Scrub {
  const request = db.prepare("UPDATE meta SET names_left = 1");
  const requested = db.prepare("SELECT 1 FROM meta WHERE names_left = 1");
  const done = db.prepare("UPDATE meta SET names_left = 0");
  const requestContacts = db.prepare("UPDATE meta SET contacts_left = 1");
  const contactsRequested = db.prepare("SELECT 1 FROM meta WHERE contacts_left = 1");
  const contactsDone = db.prepare("UPDATE meta SET contacts_left = 0");
  const run = db.transaction(() => {
    db.exec("REINDEX users_by_name");
    done.run();
  });
  const runContacts = db.transaction(() => {
    db.exec("REINDEX contacts_by_user; REINDEX contacts_by_other");
    contactsDone.run();
  });

  return {
    request: () => void request.run(),
    requestContacts: () => void requestContacts.run(),
    run() {
      if (requested.get() !== undefined) run.immediate();
      if (contactsRequested.get() !== undefined) runContacts.immediate();
    },
  };
}
