import { describe, expect, it } from "vitest";
import { openHistory } from "../../../../scripts/chat/history.js";
import { createLook } from "../../../../scripts/chat/look.js";
import { createSender } from "../../../../scripts/chat/sender.js";
import { AccountError, type AccountErrorCode, type Fate } from "../../../../src/client/client.js";

const GROUP = "0a".repeat(16);

/** Somebody who has said "hi" in a conversation, and what is to be seen of it. */
async function said(peer: string, refused?: AccountErrorCode) {
  const lines: string[] = [];
  const sent: string[] = [];
  const give = (to: string, text: string): Promise<string> => {
    if (refused !== undefined) return Promise.reject(new AccountError(refused));
    sent.push(`${to}: ${text}`);
    return Promise.resolve("01");
  };
  const history = await openHistory(undefined);
  const sender = createSender({
    account: { send: give, groups: { send: (id, text) => give(`group ${id}`, text) } },
    history,
    screen: {
      print: (line) => void lines.push(line),
      printPending: (first) => {
        const at = lines.push(first) - 1;
        return { settle: (text) => void (lines[at] = text) };
      },
    },
    look: createLook(
      (_, text) => text,
      () => 0,
    ),
    copies: false,
    called: (whom) => `<${whom}>`,
  });
  await sender.send({ at: 0, peer, own: true, text: "hi" }, "alice");
  return {
    sent,
    history,
    /** What is seen once this has become of it, without the time. */
    seen: (fate?: Fate, code?: AccountErrorCode): string[] => {
      const toGroup = peer.startsWith("#");
      const about = { kind: "fate", id: "01", recipient: toGroup ? peer.slice(1) : peer, toGroup } as const;
      if (fate !== undefined) sender.settle({ ...about, fate, ...(code !== undefined && { code }) });
      return lines.map((line) => line.replace(/^\d\d:\d\d /, ""));
    },
  };
}

describe("what is said in a group", () => {
  it("goes to the group, and is ticked once when it is stored", async () => {
    const { sent, history, seen } = await said(`#${GROUP}`);
    expect(sent).toEqual([`group ${GROUP}: hi`]);
    expect(seen()).toEqual(["alice    hi …"]);
    expect(seen("stored")).toEqual(["alice    hi ✓"]);
    expect(history.last(`#${GROUP}`, 1)).toMatchObject([{ own: true, text: "hi", id: "01" }]);
    expect(history.fateOf("01")).toBe("stored");
  });

  it.each<[Fate, AccountErrorCode | undefined, string]>([
    ["failed", "notFound", `! not sent to <#${GROUP}>: you are not in it, or it is no more`],
    ["failed", "notPermitted", `! not sent to <#${GROUP}>: only its announcers, admins and owner write there`],
    ["failed", "tooLarge", `! not sent to <#${GROUP}>: the message is too long`],
    ["failed", undefined, `! not sent to <#${GROUP}>: the directory does not say why`],
    ["expired", undefined, `! a message to <#${GROUP}> has expired before it was sent`],
  ])("has %s (%s): it is said why", async (fate, code, warning) => {
    const { seen } = await said(`#${GROUP}`);
    expect(seen(fate, code)).toEqual(["alice    hi ✗", warning]);
  });

  it("is not sent when there is no such group", async () => {
    const { history, seen } = await said(`#${GROUP}`, "notFound");
    expect(seen()).toEqual(["alice    hi ✗", `! not sent to <#${GROUP}>: you are not in it, or it is no more`]);
    expect(history.peers()).toEqual([]);
  });
});

describe("what is said to somebody", () => {
  it("is ticked once when it is stored and twice when it is delivered", async () => {
    const { sent, seen } = await said("bob");
    expect(sent).toEqual(["bob: hi"]);
    expect(seen("stored")).toEqual(["alice    hi ✓"]);
    expect(seen("delivered")).toEqual(["alice    hi ✓✓"]);
  });

  it.each<[Fate, AccountErrorCode | undefined, string]>([
    ["failed", "notFound", `! not sent to <bob>: ${new AccountError("notFound").message}`],
    ["expired", undefined, "! a message to <bob> has expired before it was read"],
  ])("has %s (%s): it is said why", async (fate, code, warning) => {
    const { seen } = await said("bob");
    expect(seen(fate, code)).toEqual(["alice    hi ✗", warning]);
  });
});
