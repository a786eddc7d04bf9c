/** Conversations with people and with groups: one is open, and of the others it is told how much was not seen. */
import { type Account, AccountError, type News, standingIn } from "../../src/client/client.js";
import { isRole, SENDERS } from "../../src/protocol/v2/group-rules.js";
import { isSameName } from "../../src/protocol/v2/names.js";
import { groupOf, idOf, peerOf, shortOf, titleOf } from "./group-names.js";
import type { Said } from "./history.js";
import type { Look } from "./look.js";
import type { Profile } from "./profile.js";
import type { Screen } from "./screen.js";
import { createSender, type Sender } from "./sender.js";

/** A message that came. */
type Heard = Extract<News, { kind: "message" | "groupMessage" }>;

export interface Conversations extends Pick<Sender, "settle"> {
  /** Says something in the conversation that is open. */
  say(text: string): Promise<void>;
  /** Opens the conversation with a person. Rejects with an `AccountError`. */
  to(name: string): Promise<void>;
  /** Opens the conversation with the group whose id begins so. Rejects with an `AccountError`, or with an Error for people. */
  talk(beginning: string): Promise<void>;
  /** All there are. */
  list(): void;
  hear(news: Heard): void;
  /** Tells in which something was not seen. Returns whether there was anything. */
  announceUnread(): boolean;
  /** Puts the conversation that is open, and those where something was not seen, into the prompt. */
  refresh(): void;
}

export interface ConversationsComponents {
  readonly account: Account;
  readonly profile: Profile;
  readonly screen: Screen;
  readonly look: Look;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Is the directory to keep copies of what is said to people? */
  readonly copies: boolean;
}

/** How much of a conversation is shown when it is opened. */
const SHOWN_AT_ONCE = 10;

/** The conversations of a profile, none of them open. */
export function createConversations(components: ConversationsComponents): Conversations {
  const { account, profile, screen, look, now, copies } = components;
  const { history } = profile;
  const { groups } = account;
  let open: string | undefined;

  const note = (text: string): void => screen.print(look.note(text));
  const self = (): string => account.name ?? profile.name;
  const isOpen = (peer: string): boolean => open !== undefined && isSameName(open, peer);
  const unreadPeers = (): string[] => history.peers().filter((peer) => history.unread(peer) > 0);
  const sender = createSender({ account, history, screen, look, copies, called });

  function called(peer: string): string {
    const id = groupOf(peer);
    return id === undefined ? peer : titleOf(groups.get(id) ?? { id });
  }

  function authorOf({ own, author, peer }: Said): string {
    return own ? self() : (author ?? called(peer));
  }

  function refresh(): void {
    const unread = unreadPeers().filter((peer) => !isOpen(peer));
    const marks = unread.map((peer) => ({ peer: called(peer), count: history.unread(peer) }));
    screen.setPrompt(look.prompt(self(), open === undefined ? undefined : called(open), marks));
  }

  function talkWith(peer: string): void {
    open = peer;
    refresh();
  }

  /** Shows the end of a conversation, and all of it that was not seen. */
  function show(peer: string): void {
    const unread = history.unread(peer);
    const said = history.last(peer, Math.max(SHOWN_AT_ONCE, unread));
    for (const [index, each] of said.entries()) {
      if (unread > 0 && index === said.length - unread) screen.print(look.border());
      const fate = each.own && each.id !== undefined ? (history.fateOf(each.id) ?? "underWay") : undefined;
      screen.print(look.message(each, authorOf(each), fate));
    }
    if (unread === 0) return;
    history.markRead(peer);
    refresh();
  }

  function announce(peer: string): void {
    const [id, unread] = [groupOf(peer), history.unread(peer)];
    const last = history.last(peer, 1).map(authorOf).join("");
    if (id === undefined) note(`${look.name(peer)} has written (${unread} unread): /to ${peer}`);
    else note(`${look.name(last)} has written in ${called(peer)} (${unread} unread): /group talk ${shortOf(id)}`);
  }

  return {
    async say(text) {
      if (open === undefined) screen.print(look.warning("to whom? /to NAME begins a conversation"));
      else await sender.send({ at: now(), peer: open, own: true, text }, self());
    },
    async to(name) {
      const peer = account.contact(name) ?? (await account.lookup(name));
      if (peer === undefined) throw new AccountError("notFound");
      talkWith(peer.name);
      show(peer.name);
      note(`what you type goes to ${look.name(peer.name)}, end-to-end encrypted`);
    },
    async talk(beginning) {
      const past = history.peers().flatMap((peer) => groupOf(peer) ?? []);
      const id = idOf(beginning, [...groups.all().map((group) => group.id), ...past]);
      const peer = peerOf(id);
      const group = groups.get(id) ?? (past.includes(id) ? undefined : await groups.refresh(id));
      const standing = group && standingIn(group, self());
      if (group === undefined || standing === undefined || !isRole(standing)) {
        show(peer);
        throw new Error(`you are not in ${called(peer)}: nothing that you say gets there`);
      }
      talkWith(peer);
      show(peer);
      if (!SENDERS[group.profile.announcements ? "announcements" : "all"].includes(standing)) {
        note(`you read ${called(peer)}: only its announcers, admins and owner write there`);
        return;
      }
      note(`what you type goes to everybody in ${called(peer)}, end-to-end encrypted`);
      const without = group.people.filter(
        (each) => isRole(each.standing) && !each.vouched && !isSameName(each.name, self()),
      );
      const names = without.map(({ name }) => look.name(name)).join(", ");
      if (names !== "")
        note(
          `not readable for ${names}, in it as the directory says, until /group vouch ${shortOf(id)} takes its word`,
        );
    },
    list() {
      const peers = history.peers();
      if (peers.length === 0) note("nobody yet");
      for (const peer of peers) {
        const unread = history.unread(peer);
        screen.print(`${look.name(called(peer))}${unread === 0 ? "" : ` ${unread} unread`}`);
      }
    },
    hear(news) {
      // Told once more: we were interrupted before we could ask for the next news.
      if (history.has(news.id)) return;
      const { id, text, sender: author } = news;
      const where = news.kind === "message" ? { peer: author } : { peer: peerOf(news.group), author };
      const said = { at: now(), own: false, text, id, ...where };
      history.add(said);
      // To one person, never to many by accident.
      if (open === undefined && news.kind === "message") {
        talkWith(author);
        note(`what you type goes to ${look.name(author)}; /to NAME changes that`);
      }
      if (isOpen(said.peer)) {
        history.markRead(said.peer);
        screen.print(look.message(said, author));
      } else {
        announce(said.peer);
        refresh();
      }
    },
    announceUnread() {
      const unread = unreadPeers();
      for (const peer of unread) announce(peer);
      return unread.length > 0;
    },
    refresh,
    settle: (news) => sender.settle(news),
  };
}
