import { bytesToHex, hexToBytes } from "@noble/curves/utils.js";
import { describe, expect, it } from "vitest";
import { AccountError } from "../../../../src/client/v2/account-error.js";
import { Inquiry, type InquiryComponents, newRequestId } from "../../../../src/client/v2/inquiry.js";
import type { NymAddress } from "../../../../src/protocol/nym-client/address.js";
import { type Advice, type Result, RESULTS } from "../../../../src/protocol/v2/codes.js";
import { encodePush, encodeReply } from "../../../../src/protocol/v2/reply-codec.js";
import { decodeRequest } from "../../../../src/protocol/v2/request-codec.js";
import type { Auth } from "../../../../src/protocol/v2/request.js";
import type { Ed25519Key, RequestId } from "../../../../src/protocol/v2/terms.js";
import { named } from "../../../support/v2-user.js";

const DIRECTORY = "a directory" as NymAddress;
const PATIENCE = { answerTimeout: 20, retries: 3, retryPause: 1 };
const SIGNER = { directory: new Uint8Array(32) as Ed25519Key, sign: () => new Uint8Array(64) };
const AUTH: Auth = { name: named("alice"), keyVersion: 1, time: 1, signature: new Uint8Array(64) };

/** What a request is answered; `undefined`: it was lost. */
type Answers = readonly (Result | undefined)[];

/** An inquiry whose requests are answered one after the other, the last answer again and again. */
function inquiryAt(answers: Answers, more: Partial<InquiryComponents> = {}) {
  const asked: { readonly id: string; readonly surbs: number }[] = [];
  let refreshed = 0;
  const inquiry = new Inquiry(
    {
      transport: {
        connected: true,
        backlog: 0,
        send(_, message, surbs) {
          const { ok: request } = decodeRequest(message, { maxBytes: 10_000 });
          if (request === undefined) throw new Error("that is no request");
          const result = answers[Math.min(asked.length, answers.length - 1)];
          asked.push({ id: bytesToHex(request.id), surbs });
          if (result !== undefined) queueMicrotask(() => inquiry.take(reply(request.id, result)));
        },
      },
      closing: new AbortController().signal,
      random: () => 0,
      refresh() {
        refreshed++;
        return Promise.resolve();
      },
      requestSent: () => undefined,
      ...more,
    },
    PATIENCE,
  );
  const ask = (): Promise<unknown> =>
    inquiry.ask({
      action: "logout",
      body: {},
      to: DIRECTORY,
      surbs: 2,
      fill: false,
      sign: () => Promise.resolve(AUTH),
    });
  return { inquiry, asked, ask, refreshed: () => refreshed };
}

function reply(id: RequestId, result: Result): Uint8Array {
  const common = { dialect: "v2", action: "logout", id } as const;
  return encodeReply(result === "ok" ? { ...common, result, answer: {} } : { ...common, result }, SIGNER);
}

const codeOf = (promise: Promise<unknown>): Promise<string | undefined> =>
  promise.then(
    () => undefined,
    (error: unknown) => (error instanceof AccountError ? error.code : String(error)),
  );

describe("an inquiry", () => {
  it("repeats what is not answered, under its id and with fresh SURBs, and gives up at last", async () => {
    const late = inquiryAt([undefined, undefined, "ok"]);
    expect(await late.ask()).toEqual({});
    expect(late.asked).toHaveLength(3);
    expect(new Set(late.asked.map(({ id }) => id)).size).toBe(1);
    expect(late.asked.map(({ surbs }) => surbs)).toEqual([2, 2, 2]);
    const never = inquiryAt([undefined]);
    expect(await codeOf(never.ask())).toBe("timeout");
    expect(never.asked).toHaveLength(1 + PATIENCE.retries);
  });

  it("does for every code what the protocol advises", async () => {
    for (const [code, { advice }] of Object.entries(RESULTS) as [Result, { advice: Advice }][]) {
      const once = inquiryAt([code, "ok"]);
      const always = inquiryAt([code]);
      expect(await codeOf(once.ask()), code).toBe(advice === "give-up" ? code : undefined);
      expect(await codeOf(always.ask()), code).toBe(advice === "done" ? undefined : code);
      const most = { done: 1, retry: 1 + PATIENCE.retries, refresh: 2, "give-up": 1 }[advice];
      expect([always.asked.length, always.refreshed()], code).toEqual([most, advice === "refresh" ? 1 : 0]);
    }
  });

  it("takes an answer once, and none to what it has not asked", async () => {
    const { inquiry, ask, asked } = inquiryAt(["ok"]);
    const stranger = newRequestId();
    expect(inquiry.take(reply(stranger, "ok"))).toEqual({ kind: "reply", action: "logout", stray: true });
    await ask();
    const id = asked[0]?.id ?? "";
    expect(inquiry.take(reply(hexToBytes(id) as RequestId, "ok"))).toMatchObject({ kind: "reply", stray: true });
    expect(inquiry.take(Uint8Array.of(1, 2, 3))).toEqual({ kind: "foreign" });
  });

  it("takes a push from who knows one of its latest ids, and counts the SURBs that it used", async () => {
    const { inquiry, ask, asked } = inquiryAt(["ok"]);
    await ask();
    const page = { items: [], more: false, fullSince: undefined };
    const push = (id: RequestId): Uint8Array => encodePush({ dialect: "v2", action: "push", id, ...page });
    expect(inquiry.take(push(newRequestId()))).toEqual({ kind: "forged" });
    const before = inquiry.surbsAt(DIRECTORY);
    expect(inquiry.take(push(hexToBytes(asked[0]?.id ?? "") as RequestId))).toMatchObject({ from: DIRECTORY });
    expect(inquiry.surbsAt(DIRECTORY)).toBe(before - 1);
    inquiry.forgetSurbs();
    expect(inquiry.surbsAt(DIRECTORY)).toBe(0);
  });

  it("waits for the Nym client, and not for ever", async () => {
    const transport = { connected: false, backlog: 0, send: () => undefined };
    expect(await codeOf(inquiryAt(["ok"], { transport }).ask())).toBe("notConnected");
  });

  it("ends with the account", async () => {
    const closing = new AbortController();
    const { ask } = inquiryAt([undefined], { closing: closing.signal });
    const asking = codeOf(ask());
    closing.abort(new AccountError("closed"));
    expect(await asking).toBe("closed");
  });
});
