/** Groups in the chat: what one does about them, who is in them, and what is said of what others change. */
import { type Account, type Group, type GroupChange, type News, standingIn } from "../../src/client/client.js";
import { isSameName } from "../../src/protocol/v2/names.js";
import { idOf, shortOf, titleOf } from "./group-names.js";
import type { Look } from "./look.js";
import type { Screen } from "./screen.js";

/** What the command about groups does. */
export interface GroupActions {
  /** Rejects with an `AccountError`, or with an Error for people. */
  group(words: string): Promise<void>;
}

export interface GroupsComponents {
  readonly account: Pick<Account, "groups" | "name">;
  readonly screen: Pick<Screen, "print">;
  readonly look: Look;
  /** Opens the conversation with the group whose id begins so. */
  readonly talk: (beginning: string) => Promise<void>;
}

const ROLES = ["member", "announcer", "admin"] as const;
/** What concerns oneself, and what is said when it is done. */
const OWN = {
  accept: "you are in it now",
  decline: "you do not go in",
  request: "you have asked to be let in",
  withdraw: "you do not ask any more",
  join: "you are in it now",
  leave: "you are not in it any more",
  dissolve: "it is no more",
} as const;
/** What concerns somebody else. */
const OTHERS = {
  invite: "is invited",
  revoke: "is not invited any more",
  approve: "is let in",
  refuse: "is not let in",
  remove: "is not in it any more",
  transfer: "is the owner now",
} as const;
const USAGE = [
  "/group new NAME, /group list, /group show ID (the beginning of an id is enough)",
  "/group talk ID: what you type goes to everybody in it",
  "/group vouch ID: take the directory's word for who is in it, as /group show has it",
  `/group ${Object.keys(OWN).join("|")} ID`,
  `/group ${Object.keys(OTHERS).join("|")} ID NAME`,
  `/group role ID NAME ${ROLES.join("|")}`,
].join("\n    ");

/** The command, done by the account. */
export function groupActions({ account, screen, look, talk }: GroupsComponents): GroupActions {
  const note = (text: string): void => screen.print(look.note(text));
  const { groups } = account;

  function show({ id, profile, people }: Group): void {
    note(`${titleOf({ id, profile })}, ${people.length} of up to ${profile.maxMembers}:`);
    for (const { name, standing, vouched } of people)
      screen.print(`${look.name(name)} ${standing}${vouched ? "" : ", as the directory says"}`);
  }

  function list(): void {
    const all = groups.all();
    for (const group of all) {
      screen.print(`${titleOf(group)} ${standingIn(group, account.name ?? "") ?? "asking"}`);
    }
    if (all.length === 0) note("you are in no group yet: /group new NAME founds one");
  }

  const ids = (): string[] => groups.all().map(({ id }) => id);
  const meant = (beginning: string): string => idOf(beginning, ids());

  async function vouch(id: string): Promise<void> {
    const before = await groups.refresh(id);
    await groups.vouch(id);
    const isVouched = (name: string): boolean =>
      before.people.some((each) => each.vouched && isSameName(each.name, name));
    const people = groups.get(id)?.people.filter(({ name }) => !isVouched(name)) ?? [];
    const names = people.map(({ name }) => look.name(name)).join(", ");
    if (names === "") note(`${titleOf(before)}: there is nobody for whom you have only the directory's word`);
    else note(`${titleOf(before)}: you take the directory's word for ${names}`);
  }

  return {
    async group(words) {
      const [verb = "", first = "", second = "", third = "", ...rest] = words.split(" ");
      const count = words.split(" ").length;
      if (verb === "new" && count > 1) {
        const name = words.slice("new ".length);
        const profile = { name, listed: false, join: "invitation", maxMembers: 100, announcements: false } as const;
        const id = await groups.found(profile);
        note(`${titleOf({ id, profile })} is founded: /group invite ${shortOf(id)} NAME asks others in`);
      } else if (verb === "list" && count === 1) list();
      else if (verb === "show" && count === 2) show(await groups.refresh(meant(first)));
      else if (verb === "talk" && count === 2) await talk(first);
      else if (verb === "vouch" && count === 2) await vouch(meant(first));
      else if (isOneOf(OWN, verb) && count === 2) {
        const id = meant(first);
        const before = groups.get(id);
        await groups[verb](id);
        note(`${titleOf(groups.get(id) ?? before ?? { id })}: ${OWN[verb]}`);
      } else if (isOneOf(OTHERS, verb) && count === 3) {
        await groups[verb](meant(first), second);
        note(`${look.name(second)} ${OTHERS[verb]}`);
      } else if (verb === "role" && count === 4 && isRole(third) && rest.length === 0) {
        await groups.role(meant(first), second, third);
        note(`${look.name(second)} is ${third} now`);
      } else throw new Error(`it is one of\n    ${USAGE}`);
    },
  };
}

/** What somebody else has done to a group. */
export function groupNews(
  { group: id, actor, change }: Extract<News, { kind: "groupChanged" }>,
  { account, look }: Pick<GroupsComponents, "account" | "look">,
): string {
  const title = titleOf(account.groups.get(id) ?? { id });
  if (actor === undefined || change === undefined) return `${title} has changed, or you are not in it any more`;
  const own = account.name ?? "";
  if (change.verb === "invite" && isSameName(change.name, own)) {
    const short = shortOf(id);
    return `${look.name(actor)} asks you into ${title}: /group accept ${short} or /group decline ${short}`;
  }
  return `${title}: ${look.name(actor)} ${describe(change, look)}`;
}

function describe(change: GroupChange, look: Look): string {
  if (change.verb === "role") return `makes ${look.name(change.name)} ${change.role}`;
  if ("name" in change) return `has done: ${change.verb} ${look.name(change.name)}`;
  return `has done: ${change.verb}`;
}

function isOneOf<T extends object>(of: T, verb: string): verb is Extract<keyof T, string> {
  return Object.hasOwn(of, verb);
}

function isRole(text: string): text is (typeof ROLES)[number] {
  return ROLES.some((role) => role === text);
}
