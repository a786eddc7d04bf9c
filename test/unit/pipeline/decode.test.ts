/** Decode: which requests may run beside others, and whose replies may take all SURBs, so that they may not. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { decode } from "../../../src/pipeline/decode.js";
import { encodeRequest } from "../../../src/protocol/v2/request-codec.js";
import type { V2Action } from "../../../src/protocol/v2/request.js";
import { anyRequest } from "../../support/v2-arbitraries.js";

const PAGED: readonly V2Action[] = ["fetch", "contacts", "groupLog", "groupMembers", "history", "unread"];
const PARALLEL: readonly V2Action[] = [
  ...(["info", "register", "login", "lookup", "group", "keyLog"] as const),
  ...(["receipts", "status", "prekeys"] as const),
];

test("what changes nothing runs beside others, unless it is answered in pages", () => {
  fc.assert(
    fc.property(anyRequest, (request) => {
      const incoming = decode(Buffer.from(encodeRequest(request)), { maxRequestBytes: 2 ** 20 });
      expect(incoming).toMatchObject({
        kind: `v2.${request.action}`,
        parallel: PARALLEL.includes(request.action),
        work: { paged: PAGED.includes(request.action) },
      });
    }),
    { numRuns: 500 },
  );
});

test("a refusal changes nothing", () => {
  const malformed = Buffer.from(JSON.stringify({ action: "login" }));
  expect(decode(malformed, { maxRequestBytes: 1_000 })).toMatchObject({ kind: "login", parallel: true });
});
