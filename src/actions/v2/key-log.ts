/**
 * Tells anyone the keys that a user has had, with the signatures by which each followed upon the one before: as many as
 * fit into one packet, which a reply without any fills as well.
 */
import { ed25519Raw } from "../../protocol/v2/ed25519.js";
import type { LoggedVersion } from "../../protocol/v2/key-log.js";
import type { V2Request } from "../../protocol/v2/request.js";
import { keysOf, userByName } from "../../store/rows.js";
import type { KeyPage, LoggedKey, RowKey } from "../../store/rows.js";
import type { Action } from "../action.js";
import { failed, refuse } from "./refusal.js";
import { NOBODY } from "./signed.js";
import type { SignerRead } from "./signed.js";

/** So many fit, with versions below 65,536, in hours before the year 490,000. */
const VERSIONS_PER_PAGE = 10;

export const keyLog: Action<V2Request<"keyLog">, SignerRead, { readonly keys: RowKey<KeyPage> }, "v2"> = {
  readOnly: true,
  reads: ({ body }) => ({ user: userByName(body.body.name) }),
  readsNext: ({ body }, { user }) => ({ keys: keysOf(user?.id ?? NOBODY, body.body.from, VERSIONS_PER_PAGE) }),
  proof: () => ({ kind: "none" }),
  decide({ body: { id, action } }, { user, keys }) {
    const { entries = [], more = false } = user?.algorithm === "ed25519" && keys !== undefined ? keys : {};
    const answer = { versions: entries.map(versionOf), more };
    return { reply: { dialect: "v2", id, action, result: "ok", answer }, changes: [] };
  },
  unproven: ({ body }) => refuse(body, "unauthorized"),
  failed,
};

function versionOf({ version, by, hour, key, recoveryKey, signature }: LoggedKey): LoggedVersion {
  return {
    ...{ version, by, hour, key: ed25519Raw(key) ?? key },
    recovery: recoveryKey && ed25519Raw(recoveryKey),
    // That of a registration is over a challenge, and says nothing to others.
    signature: by === "registration" ? undefined : signature,
  };
}
