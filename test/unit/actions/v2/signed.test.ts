/** What holds for every signed action alike. */
import { describe, expect, it } from "vitest";
import type { Action, Loaded } from "../../../../src/actions/action.js";
import { V2_ACTIONS } from "../../../../src/actions/v2/actions.js";
import type { Bodies, SignedAction, V2Request } from "../../../../src/protocol/v2/request.js";
import { requestText } from "../../../../src/protocol/v2/signed-texts.js";
import type { KeyLogEntry, Reads, User } from "../../../../src/store/rows.js";
import { alice, bob, context, directory, NOW, settings } from "../../../support/actions.js";
import { GROUP_REQUESTS } from "../../../support/v2-groups.js";
import { oneTimePrekeys, signedPrekey } from "../../../support/changes.js";
import {
  arrived,
  carol,
  carolKey,
  carolRecovery,
  contextAt,
  named,
  newKey,
  proven,
  requestId,
  signed,
  testKey,
} from "../../../support/v2-requests.js";

type AnyAction = Action<V2Request, Reads, Reads, "v2">;

const change = newKey("carol", testKey("new"), 1);
const bodies: { readonly [A in SignedAction]: Bodies[A] } = {
  prove: { purpose: "login", challenge: new Uint8Array(20) },
  logout: {},
  rotate: change,
  recover: change,
  release: {},
  send: { recipient: named("bob"), body: Buffer.from("hi"), receipt: false },
  fetch: { after: 0, packets: 1 },
  ack: { ranges: [{ first: 1, last: 1 }] },
  receipts: { ids: [requestId("one"), requestId("two")] },
  status: {},
  ...GROUP_REQUESTS,
  contact: { verb: "request", name: named("bob") },
  contacts: { after: 0, packets: 1 },
  policy: { policy: "nobody" },
  publish: {
    signed: signedPrekey("signed", 1),
    lastResort: signedPrekey("last resort", 2),
    oneTime: oneTimePrekeys(1, 2),
    replace: false,
  },
  take: { name: named("bob") },
  prekeys: {},
  history: { name: named("bob"), after: 0, packets: 1 },
  unread: { after: 0, packets: 1 },
};
/** Signatures of those that have more than one. */
const CHECKS: { readonly [A in SignedAction]?: number } = {
  ...{ rotate: 3, recover: 3, publish: 3 },
  ...{ groupCreate: 2, groupChange: 2 },
};
const actions = (Object.keys(bodies) as SignedAction[]).map((name) => [name] as const);

const log = (user: User): KeyLogEntry => ({ key: user.key, recoveryKey: user.recoveryKey });
const rowsOf = (user: User | undefined): Loaded<Reads> => ({
  user,
  recipient: bob,
  signer: user && log(user),
  challenge: undefined,
});

function keyOf(action: SignedAction) {
  return action === "recover" ? carolRecovery : carolKey;
}

function requestOf(action: SignedAction, { name = "carol", keyVersion = 1, time = NOW / 1000 } = {}): V2Request {
  return signed(action, bodies[action], { key: keyOf(action), name, keyVersion, time });
}

describe.each(actions)("%s", (name) => {
  const action = V2_ACTIONS[name] as AnyAction;
  const request = requestOf(name);
  const checks = CHECKS[name] ?? 1;

  it("must be signed with the key in force, over the directory, the epoch and all that it says", () => {
    const proof = action.proof(arrived(request), rowsOf(carol), context);
    expect(proof).toMatchObject({
      kind: "signature",
      algorithm: "ed25519",
      key: keyOf(name).der,
      keyVersion: 1,
      message: requestText(directory, request as V2Request<SignedAction>),
      signature: request.auth?.signature,
    });
    expect(proof).toHaveProperty(checks > 1 ? "further.length" : "kind", checks > 1 ? checks - 1 : "signature");
  });

  it.each([
    ["nobody", undefined, requestOf(name)],
    ["a v1 user", { ...alice, keyVersion: 1 }, requestOf(name, { name: "alice" })],
  ])("by %s cannot hold, at the cost of as many reads and checks", (_, user, sent) => {
    const [parsed, rows] = [arrived(sent), rowsOf(user)];
    const proof = action.proof(parsed, rows, context);
    const text = requestText(directory, sent as V2Request<SignedAction>);
    expect(proof).toMatchObject({ kind: "hopeless", algorithm: "ed25519", messages: { length: checks, 0: text } });
    expect(action.unproven(parsed, rows).reply).toMatchObject({ action: name, result: "unauthorized" });
    const counts = [user, carol].map((found) => {
      const reads = { ...action.reads(parsed, undefined), ...action.readsNext?.(parsed, rowsOf(found), context) };
      return Object.values(reads).filter((key) => (key as unknown) !== undefined).length;
    });
    expect(counts[0]).toBe(counts[1]);
  });

  if (name !== "rotate" && name !== "recover")
    it.each([0, 2, Number.MAX_SAFE_INTEGER])("with version %d of a key that has another cannot hold", (keyVersion) => {
      const proof = action.proof(arrived(requestOf(name, { keyVersion })), rowsOf(carol), context);
      expect(proof).toMatchObject({ kind: "hopeless", algorithm: "ed25519" });
    });

  it.each([
    ["before", -settings.requestWindow - 1000],
    ["after", settings.requestWindow + 1000],
  ])("signed too long %s is outside the window, and does nothing", (_, apart) => {
    const sent = requestOf(name, { time: (NOW + apart) / 1000 });
    expect(action.decide(proven(sent), rowsOf(carol), context)).toEqual({
      reply: { dialect: "v2", id: sent.id, action: name, result: "outsideWindow" },
      changes: [],
    });
  });

  it.each([-settings.requestWindow, 0, settings.requestWindow])("signed %d ms apart is within it", (apart) => {
    const { reply } = action.decide(proven(request), rowsOf(carol), contextAt(NOW + apart));
    expect(reply).not.toMatchObject({ result: "outsideWindow" });
  });

  it("of a user who is gone when it is decided does nothing", () => {
    expect(action.decide(proven(request), rowsOf(undefined), context)).toMatchObject({
      reply: { result: "unauthorized" },
      changes: [],
    });
  });

  it(name === "recover" ? "is not charged to the user" : "is charged to the user", () => {
    expect(action.account?.(rowsOf(carol))).toBe(name === "recover" ? undefined : carol.id);
  });

  it.each(["busy", "limited", "unavailable"] as const)("says when it is %s", (why) => {
    expect(action.failed(arrived(request), why)).toMatchObject({ id: request.id, action: name, result: why });
  });
});
