/** The groups of the worked examples: one that alice founds, and that bob is invited to. */
import type { Answers } from "../../src/protocol/v2/reply.js";
import type { GroupBodies, GroupChange, GroupId, GroupProfile, GroupStatement } from "../../src/protocol/v2/groups.js";
import { groupChangeText, groupStatementText } from "../../src/protocol/v2/signed-texts.js";
import { named, requestId, type TestKey } from "./v2-requests.js";

const group = requestId("group") as Uint8Array as GroupId;
const profile: GroupProfile = { name: "Owls", listed: true, join: "request", maxMembers: 50, announcements: false };
const invite: GroupChange = { verb: "invite", name: named("Bob"), note: new Uint8Array(0) };

interface GroupExamples {
  readonly texts: Readonly<Record<"founded" | "invited" | "statement", Uint8Array>>;
  readonly create: GroupBodies["groupCreate"];
  readonly change: GroupBodies["groupChange"];
  readonly groupOnly: GroupBodies["group"];
  readonly page: GroupBodies["groupLog"];
  readonly send: GroupBodies["groupSend"];
  readonly statement: GroupStatement;
  readonly absent: GroupStatement;
  readonly log: Answers["groupLog"];
  readonly members: Answers["groupMembers"];
}

/** Bodies, texts and answers, with alice's key and the directory's. */
export function groupExamples(directory: Uint8Array, alice: TestKey, hour: number): GroupExamples {
  const textOf = (sequence: number, change: GroupChange): Uint8Array =>
    groupChangeText(directory, { group, sequence, actor: "Alice", keyVersion: 1, change });
  const texts = { founded: textOf(1, { verb: "profile", profile }), invited: textOf(2, invite) };
  const signatures = { founded: alice.sign(texts.founded), invited: alice.sign(texts.invited) };
  const statement: GroupStatement = { group, hour, found: { profile, members: 1, sequence: 2 } };
  const log: Answers["groupLog"] = {
    log: [
      {
        sequence: 2,
        entry: { actor: "Alice", keyVersion: 1, key: alice.raw, change: invite, signature: signatures.invited },
      },
      { sequence: 3, entry: undefined },
    ],
    more: false,
  };
  const members: Answers["groupMembers"] = {
    members: [
      { cursor: 1, name: "Alice", standing: "owner" },
      { cursor: 2, name: "Bob", standing: "invited" },
    ],
    more: false,
    sequence: 3,
    epoch: 1,
    profile,
  };
  return {
    texts: { ...texts, statement: groupStatementText(directory, statement) },
    create: { group, profile, signature: signatures.founded },
    change: { group, sequence: 2, change: invite, signature: signatures.invited },
    statement,
    absent: { group, hour, found: undefined },
    log,
    members,
    groupOnly: { group },
    page: { group, after: 1, packets: 1 },
    send: { group, body: Buffer.from("handshake"), epoch: 1 },
  };
}
