/** Requests about groups, and the signatures that they need. */
import { createHash } from "node:crypto";
import type { GroupBodies, GroupChange, GroupId, GroupLogItem, GroupProfile } from "../../src/protocol/v2/groups.js";
import type { ReceivedReply } from "../../src/protocol/v2/reply-codec.js";
import { groupChangeText, type RequestAudience } from "../../src/protocol/v2/signed-texts.js";
import { groupOf, type GroupRow } from "../../src/store/groups.js";
import type { Store } from "../../src/store/store.js";
import { directory } from "./actions.js";
import type { Directory, Person } from "./v2-person.js";
import { named, testKey, type TestKey } from "./v2-requests.js";

/** The id of that label. */
export function groupId(label: string): GroupId {
  return Uint8Array.from(createHash("sha256").update(label).digest().subarray(0, 16)) as GroupId;
}

/** A listed group that anybody can join, if nothing else is said. */
export function profileOf(more: Partial<GroupProfile> = {}): GroupProfile {
  return { name: "The Group", listed: true, join: "open", maxMembers: 10, announcements: false, ...more };
}

/** Who signs a change. */
export interface ActorOf {
  readonly name: string;
  readonly key: Pick<TestKey, "sign">;
  readonly keyVersion?: number;
  /** The directory of these tests, if no other. */
  readonly identity?: RequestAudience["identity"];
}

/** The body of a change that makes `sequence`. */
export function changeOf(
  group: GroupId,
  sequence: number,
  change: GroupChange,
  { name: actor, key, keyVersion = 1, identity = directory.identity }: ActorOf,
): GroupBodies["groupChange"] {
  const text = groupChangeText(identity, { group, sequence, actor, keyVersion, change });
  return { group, sequence, change, signature: Uint8Array.from(key.sign(text)) };
}

/** The body with which a group is founded. */
export function foundingOf(group: GroupId, profile: GroupProfile, actor: ActorOf): GroupBodies["groupCreate"] {
  return { group, profile, signature: changeOf(group, 1, { verb: "profile", profile }, actor).signature };
}

const carol = { name: "carol", key: testKey("carol") };
const group = groupId("carol's group");
/** One of each that must be signed, by carol. */
export const GROUP_REQUESTS = {
  groupCreate: foundingOf(group, profileOf(), carol),
  groupChange: changeOf(group, 2, { verb: "invite", name: named("bob"), note: new Uint8Array(0) }, carol),
  groupLog: { group, after: 0, packets: 1 },
  groupMembers: { group, after: 0, packets: 1 },
  groupSend: { group, body: Buffer.from("hi") },
} as const;

/** A group as its people use it in conversation with a model. */
export interface GroupTalk {
  readonly group: GroupId;
  /** Founds it. */
  create(owner: Person, profile?: Partial<GroupProfile>): Promise<ReceivedReply>;
  /** A change that makes `sequence`: the next one, as the store has it, if it is not said. */
  change(actor: Person, change: GroupChange, sequence?: number): Promise<ReceivedReply>;
  /** Makes changes that must be done. */
  did(...changes: readonly (readonly [Person, GroupChange])[]): Promise<void>;
  invite(actor: Person, name: Person): Promise<void>;
  members(asker: Person): Promise<readonly string[]>;
  log(asker: Person): Promise<readonly GroupLogItem[]>;
  row(): Promise<GroupRow | undefined>;
}

/** A group of that label at a model. */
export function groupTalk(model: Directory & { readonly store: Pick<Store, "load"> }, label: string): GroupTalk {
  const group = groupId(label);
  const row = async (): Promise<GroupRow | undefined> =>
    (await model.store.load([groupOf(group)]))[0] as GroupRow | undefined;
  const talk: GroupTalk = {
    group,
    row,
    create: (owner, profile) => owner.ask("groupCreate", foundingOf(group, profileOf(profile), owner)),
    async change(actor, change, sequence) {
      const next = sequence ?? ((await row())?.sequence ?? 0) + 1;
      return actor.ask("groupChange", changeOf(group, next, change, actor));
    },
    async did(...changes) {
      for (const [actor, change] of changes) {
        const { result } = await talk.change(actor, change);
        if (result !== "ok") throw new Error(`${change.verb} was answered ${result}`);
      }
    },
    invite: (actor, { name }) => talk.did([actor, invitation(name)]),
    async members(asker) {
      const reply = await asker.ask("groupMembers", { group, after: 0, packets: 10 });
      if (reply.result !== "ok" || reply.action !== "groupMembers") throw new Error("no members were told");
      return reply.answer.members.map(({ name, standing }) => `${name} ${standing}`);
    },
    async log(asker) {
      const reply = await asker.ask("groupLog", { group, after: 0, packets: 10 });
      if (reply.result !== "ok" || reply.action !== "groupLog") throw new Error("no log was told");
      return reply.answer.log;
    },
  };
  return talk;
}

/** An invitation with nothing to say. */
export function invitation(name: string): GroupChange {
  return { verb: "invite", name: named(name), note: new Uint8Array(0) };
}

/** A request with nothing to say. */
export const asking: GroupChange = { verb: "request", note: new Uint8Array(0) };
