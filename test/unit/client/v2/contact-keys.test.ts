/** A contact's new key is shown as proven by what we have seen, and by nothing that the directory says of it. */
import { describe, expect, it } from "vitest";
import { AccountError } from "../../../../src/client/v2/account-error.js";
import { openBook } from "../../../../src/client/v2/book.js";
import { createContactKeys } from "../../../../src/client/v2/contact-keys.js";
import type { Contacts } from "../../../../src/client/v2/contacts.js";
import type { DirectoryFacts } from "../../../../src/client/v2/directory-facts.js";
import type { Inquiry } from "../../../../src/client/v2/inquiry.js";
import { createMemoryRecordStore } from "../../../../src/client/v2/record-store.js";
import type { NymAddress } from "../../../../src/protocol/nym-client/address.js";
import type { LoggedVersion } from "../../../../src/protocol/v2/key-log.js";
import type { StatedUser } from "../../../../src/protocol/v2/stated-user.js";
import { successionText } from "../../../../src/protocol/v2/signed-texts.js";
import { directory } from "../../../support/actions.js";
import { codeOf } from "../../../support/account-person.js";
import { type TestKey, testKey } from "../../../support/v2-requests.js";

const PER_PAGE = 2;
const HOUR = 3_600_000;
const [first, recovery, forged] = ["first", "recovery", "forged"].map(testKey) as [TestKey, TestKey, TestKey];

function registered(key = first, recoveryKey = recovery): LoggedVersion {
  const [by, signature] = ["registration", undefined] as const;
  return { version: 1, by, hour: 1, key: key.raw, recovery: recoveryKey.raw, signature };
}

/** What follows upon `log`: signed by `signer`, with `recovery` in force that is not named. */
function followed(
  log: readonly LoggedVersion[],
  by: "rotation" | "recovery",
  signer: TestKey,
  inForce = recovery,
): readonly LoggedVersion[] {
  const version = log.length + 1;
  const { raw: key } = testKey(`key ${version}`);
  const text = successionText(directory.identity, { name: "bob", by, version, key, recovery: undefined });
  const signature = Uint8Array.from(signer.sign(text));
  return [...log, { version, by, hour: version, key, recovery: inForce.raw, signature }];
}
const rotated = (log: readonly LoggedVersion[]): readonly LoggedVersion[] =>
  followed(log, "rotation", log.length === 1 ? first : testKey(`key ${log.length}`));

/** Somebody who trusts bob's first key, at a directory that says what is in `says`. */
async function contactOf() {
  const says = { log: [registered()] as readonly LoggedVersion[], user: undefined as StatedUser | undefined };
  let trusted: StatedUser | undefined;
  const asked: number[] = [];
  const inForce = (): StatedUser | undefined => {
    const last = says.log.at(-1);
    return says.user ?? (last && { name: "Bob", algorithm: "ed25519", key: last.key, keyVersion: last.version });
  };
  const ask = ({ body: { from } }: { body: { from: number } }) => {
    asked.push(from);
    const versions = says.log.slice(from - 1, from - 1 + PER_PAGE);
    return Promise.resolve({ versions, more: says.log.length > from - 1 + PER_PAGE });
  };
  const known = () => trusted && { ...trusted, checked: 0 };
  const contacts = {
    known,
    all: () => [known()].filter((each) => each !== undefined),
    ask: () => Promise.resolve(inForce()),
    lookup: () => Promise.resolve((trusted ??= inForce())),
  } satisfies Pick<Contacts, "all" | "ask" | "known" | "lookup">;
  const facts = { audience: () => Promise.resolve({ identity: directory.identity, epoch: 1 }) } as DirectoryFacts;
  const inquiry = { ask } as unknown as Inquiry;
  const book = await openBook(createMemoryRecordStore());
  const keys = createContactKeys({ book, inquiry, facts, contacts, lookups: () => "there" as NymAddress });
  await contacts.lookup();
  return {
    ...{ says, asked, keys },
    trust: () => void (trusted = inForce()),
    /** The changes, in short. */
    read: async () => (await keys.changes("bob")).map(({ version, by, proven }) => [version, by, proven]),
  };
}

describe("the changes of a contact's key", () => {
  it("are none while it is the one that we trust, and nobody asks for the log", async () => {
    const { read, asked } = await contactOf();
    expect(await read()).toEqual([]);
    expect(asked).toEqual([]);
  });

  it("are all that the log has after it, with when they came", async () => {
    const { keys, says, asked } = await contactOf();
    await keys.see();
    says.log = followed(rotated(rotated(says.log)), "recovery", recovery);
    expect(await keys.changes("BOB")).toEqual([
      { version: 2, by: "rotation", at: 2 * HOUR, key: testKey("key 2").raw, proven: true },
      { version: 3, by: "rotation", at: 3 * HOUR, key: testKey("key 3").raw, proven: true },
      { version: 4, by: "recovery", at: 4 * HOUR, key: testKey("key 4").raw, proven: true },
    ]);
    expect(asked).toEqual([1, 1, 3]);
  });

  it("are proven up to the first that is not", async () => {
    const { keys, says, read } = await contactOf();
    await keys.see();
    says.log = rotated(followed(rotated(says.log), "recovery", forged, forged));
    expect(await read()).toEqual([
      [2, "rotation", true],
      [3, "recovery", false],
      [4, "rotation", false],
    ]);
  });

  it("are not proven by a recovery key that came into the log after we have seen it", async () => {
    const { keys, says, read } = await contactOf();
    await keys.see();
    says.log = followed([registered(first, forged)], "recovery", forged, forged);
    expect(await read()).toEqual([[2, "recovery", false]]);
  });

  it("are not proven by a recovery key that we have not seen before there were changes", async () => {
    const { keys, says, read } = await contactOf();
    says.log = followed(says.log, "recovery", recovery);
    await keys.see();
    expect(await read()).toEqual([[2, "recovery", false]]);
    says.log = rotated([registered()]);
    expect(await read()).toEqual([[2, "rotation", true]]);
  });

  it("begin anew with the next key that is trusted", async () => {
    const { keys, says, read, trust, asked } = await contactOf();
    await keys.see();
    says.log = followed(says.log, "recovery", forged, forged);
    expect(await read()).toEqual([[2, "recovery", false]]);
    trust();
    expect(await read()).toEqual([]);
    await keys.see();
    says.log = followed(says.log, "recovery", forged, forged);
    expect(await read()).toEqual([[3, "recovery", true]]);
    const before = asked.length;
    await keys.see();
    expect(asked).toHaveLength(before);
  });

  it("are all that there is, and not proven, when somebody has the name whose key we never knew", async () => {
    const { keys, says, read } = await contactOf();
    await keys.see();
    const other = registered(testKey("somebody else"));
    says.log = [other];
    expect(await read()).toEqual([[1, "registration", false]]);
    says.log = followed([other], "rotation", testKey("somebody else"));
    expect(await read()).toEqual([
      [1, "registration", false],
      [2, "rotation", false],
    ]);
  });

  it("are of a log that ends with what the directory has signed of the name, or not believed", async () => {
    const { keys, says } = await contactOf();
    await keys.see();
    says.log = rotated(says.log);
    says.user = { name: "Bob", algorithm: "ed25519", key: testKey("another").raw, keyVersion: 2 };
    expect(await codeOf(keys.changes("bob"))).toBe("unverified");
    says.user = { name: "Bob", algorithm: "p256", key: new Uint8Array(91), keyVersion: 1 };
    expect(await codeOf(keys.changes("bob"))).toBe("recipientV1");
    [says.log, says.user] = [[], undefined];
    expect(await codeOf(keys.changes("bob"))).toBe("notFound");
  });

  it("are read again when there is one more meanwhile", async () => {
    const { keys, says, asked, read } = await contactOf();
    await keys.see();
    const late = rotated(says.log);
    const later = rotated(late);
    says.log = late;
    const push = asked.push.bind(asked);
    // The directory has a new key when the log is asked for the first time.
    asked.push = (...from) => {
      says.log = later;
      return push(...from);
    };
    expect(await read()).toEqual([
      [2, "rotation", true],
      [3, "rotation", true],
    ]);
  });

  it("of nobody in particular are refused", async () => {
    const { keys } = await contactOf();
    await expect(keys.changes("no name")).rejects.toThrow(new AccountError("nameInvalid"));
  });
});
