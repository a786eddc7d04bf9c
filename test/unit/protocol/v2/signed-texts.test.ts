import { decode } from "cborg";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requestDigestParts } from "../../../../src/protocol/v2/request-digest.js";
import type { Auth, SignedAction, V2Request } from "../../../../src/protocol/v2/request.js";
import {
  addressesText,
  possessionText,
  requestText,
  statementText,
  successionText,
} from "../../../../src/protocol/v2/signed-texts.js";
import { anySigned } from "../../../support/v2-arbitraries.js";
import { named, requestId } from "../../../support/v2-requests.js";

const identity = new Uint8Array(32).fill(1);
const key = new Uint8Array(32).fill(2);
const audience = { identity, epoch: 3 };
const auth: Auth = { name: named("Alice"), keyVersion: 4, time: 5, signature: new Uint8Array(64) };
const send: V2Request<"send"> = {
  action: "send",
  id: requestId("send"),
  surbs: 2,
  body: { recipient: named("Bob"), body: Uint8Array.of(9), receipt: true },
  auth,
};
const read = (text: Uint8Array): unknown => decode(text, { useMaps: true });
const hex = (text: Uint8Array): string => Buffer.from(text).toString("hex");

describe("each text says what it is, and to which directory", () => {
  it("a request: all that is asked, the signer's name folded, and the names in its body as they were written", () => {
    const body = new Map<number, unknown>([[0, "Bob"], [1, Uint8Array.of(9)], [3, true]]); // prettier-ignore
    expect(read(requestText(audience, send))).toEqual([
      "NymDirectory request",
      2,
      10,
      identity,
      3,
      "alice",
      4,
      5,
      send.id,
      body,
    ]);
  });

  it("a possession", () => {
    const text = possessionText(identity, { name: "Alice", keyVersion: 2, key });
    expect(read(text)).toEqual(["NymDirectory possession", 2, identity, "alice", 2, key]);
  });

  it("a succession: of a rotation with the version that it makes, of a recovery with none", () => {
    const made = { name: "Alice", version: 2, key, recovery: undefined } as const;
    expect(read(successionText(identity, { ...made, by: "rotation" }))).toEqual([
      ...["NymDirectory succession", 2, identity, "alice", 2, key, null],
    ]);
    expect(read(successionText(identity, { ...made, by: "recovery", recovery: identity }))).toEqual([
      ...["NymDirectory succession", 2, identity, "alice", 0, key, identity],
    ]);
  });

  it("a statement", () => {
    const user = { name: "Bob", algorithm: "ed25519", key, keyVersion: 6 } as const;
    const statement = { name: "Bob", hour: 7 };
    expect(read(statementText(identity, { ...statement, user }))).toEqual([
      "NymDirectory statement",
      2,
      identity,
      "bob",
      7,
      ["Bob", 1, key, 6],
    ]);
    expect(read(statementText(identity, { ...statement, user: undefined }))).toEqual([
      "NymDirectory statement",
      2,
      identity,
      "bob",
      7,
      null,
    ]);
  });

  it("addresses", () => {
    const address = new Uint8Array(96);
    expect(read(addressesText(identity, [address, address]))).toEqual([
      "NymDirectory addresses",
      2,
      identity,
      [address, address],
    ]);
  });
});

const another = (number: number): number => (number === 0 ? 1 : number - 1);
/** The same request with something else in one place. */
const changes: [
  string,
  (request: V2Request<SignedAction>) => V2Request<SignedAction>,
  { readonly text: boolean; readonly digest: boolean },
][] = [
  [
    "the signature",
    (request) => ({ ...request, auth: { ...request.auth, signature: key } }),
    { text: false, digest: false },
  ],
  ["the number of SURBs", (request) => ({ ...request, surbs: 255 - request.surbs }), { text: false, digest: false }],
  [
    "the time",
    (request) => ({ ...request, auth: { ...request.auth, time: another(request.auth.time) } }),
    { text: true, digest: false },
  ],
  [
    "the version of the key",
    (request) => ({ ...request, auth: { ...request.auth, keyVersion: another(request.auth.keyVersion) } }),
    { text: true, digest: false },
  ],
  ["the id", (request) => ({ ...request, id: requestId("another") }), { text: true, digest: false }],
  [
    "the name",
    (request) => ({ ...request, auth: { ...request.auth, name: `${request.auth.name}-` } }) as never,
    { text: true, digest: true },
  ],
  [
    "the case of the name",
    (request) => ({ ...request, auth: { ...request.auth, name: request.auth.name.toUpperCase() } }) as never,
    { text: false, digest: false },
  ],
];

describe("of a signed request,", () => {
  it.each(changes)("%s is or is not part of its text, and of what makes it the same one", (_, change, expected) => {
    fc.assert(
      fc.property(anySigned, (request) => {
        const other = change(request);
        expect(hex(requestText(audience, other)) !== hex(requestText(audience, request))).toBe(expected.text);
        expect(hex(digest(other)) !== hex(digest(request))).toBe(expected.digest);
      }),
    );
  });

  it("directory and epoch are part of its text", () => {
    expect(hex(requestText({ ...audience, epoch: 4 }, send))).not.toBe(hex(requestText(audience, send)));
    expect(hex(requestText({ ...audience, identity: key }, send))).not.toBe(hex(requestText(audience, send)));
  });

  it("two that differ in action or body are never the same one", () => {
    fc.assert(
      fc.property(anySigned, anySigned, ({ action, body, auth: by }, other) => {
        const one = { ...other, action, body, auth: { ...other.auth, name: by.name } } as V2Request<SignedAction>;
        const [, , bytes] = requestDigestParts(one);
        const [, , others] = requestDigestParts(other);
        const differs = action !== other.action || hex(bytes) !== hex(others);
        const named = { ...other, auth: { ...other.auth, name: by.name } } as V2Request<SignedAction>;
        expect(hex(digest(one)) !== hex(digest(named))).toBe(differs);
      }),
    );
  });
});

/** All parts as one text, as unambiguous as the parts are. */
function digest(request: V2Request<SignedAction>): Uint8Array {
  return Buffer.from(
    JSON.stringify(requestDigestParts(request).map((part) => (part instanceof Uint8Array ? hex(part) : part))),
  );
}
