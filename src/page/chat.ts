/** The conversations: people on one side, what was said on the other; on a phone one at a time. */
import { h, onSubmit } from "./dom.js";
import type { Line } from "./vault.js";

/** What the conversations need of the rest of the page; each rejects with an error that `explain` has words for. */
export interface ChatActions {
  /** The name as registered and the fingerprint of the key; `undefined`: there is nobody of that name. */
  readonly find: (name: string) => Promise<{ readonly name: string; readonly fingerprint: string } | undefined>;
  /** Sends a text, once however often what it returns is called. */
  readonly post: (peer: string, text: string) => () => Promise<void>;
  readonly fingerprintOf: (peer: string) => Promise<string | undefined>;
  readonly explain: (error: unknown) => string;
}

/** The conversations, as the rest of the page sees them. */
export interface Chat {
  readonly element: HTMLElement;
  /** Shows a message, one of ours as sent; one that is `news` is counted until it is looked at. */
  add(line: Line, news: boolean): void;
  addPerson(name: string): void;
  /** Shows a remark about a conversation, or about all of them. */
  remark(text: string, peer?: string): void;
}

interface Person {
  readonly name: string;
  readonly button: HTMLButtonElement;
  readonly preview: HTMLElement;
  readonly badge: HTMLElement;
  readonly log: HTMLElement;
  unread: number;
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** The conversations of `me`. */
export function createChat(me: string, { find, post, fingerprintOf, explain }: ChatActions): Chat {
  const people = new Map<string, Person>();
  let open: Person | undefined;

  const list = h("ul", { className: "people" });
  const nobody = h("p", { className: "hint" }, "Nobody yet. Find somebody by name, or give your own name to a friend.");
  const search = h("input", {
    type: "search",
    placeholder: "A name",
    autocapitalize: "off",
    autocomplete: "off",
    spellcheck: false,
    maxLength: 64,
    aria: { label: "Find somebody by name" },
  });
  const searchButton = h("button", { type: "submit" }, "Find");
  const found = h("div", { className: "found" });
  found.setAttribute("role", "status");
  const searchForm = h("form", { className: "find", noValidate: true }, search, searchButton);
  const side = h(
    "nav",
    { className: "side", aria: { label: "People" } },
    h("p", { className: "me" }, avatar(me), h("span", {}, "You are ", h("strong", {}, me))),
    searchForm,
    found,
    nobody,
    list,
  );

  const title = h("h2", {});
  const fingerprint = h("small", { className: "fingerprint" });
  const back = h("button", { type: "button", className: "quiet back", aria: { label: "Back to people" } }, "‹");
  const logs = h("div", { className: "logs" });
  const text = h("textarea", { rows: 1, placeholder: "Write a message", aria: { label: "Message" } });
  const sendButton = h("button", { type: "submit", aria: { label: "Send" } }, "Send");
  const composer = h("form", { className: "composer", noValidate: true }, text, sendButton);
  const conversation = h(
    "section",
    { className: "conversation", hidden: true, aria: { label: "Conversation" } },
    h("div", { className: "peer" }, back, h("div", {}, title, fingerprint)),
    logs,
    composer,
  );
  const empty = h(
    "section",
    { className: "empty" },
    h("p", {}, "Choose somebody, or find somebody by name."),
    h("p", { className: "hint" }, "Messages are encrypted to their key. Only they can read them."),
  );
  const element = h("div", { className: "chat" }, side, conversation, empty);

  const personNamed = (name: string): Person => {
    const known = people.get(name.toLowerCase());
    if (known !== undefined) return known;
    const preview = h("span", { className: "preview" });
    const badge = h("span", { className: "badge", hidden: true });
    const button = h(
      "button",
      { type: "button" },
      avatar(name),
      h("span", { className: "who" }, h("strong", {}, name), preview),
      badge,
    );
    const log = h("ol", { className: "log", hidden: true, aria: { label: `Messages with ${name}` } });
    log.setAttribute("role", "log");
    const person: Person = { name, button, preview, badge, log, unread: 0 };
    button.addEventListener("click", () => show(person));
    people.set(name.toLowerCase(), person);
    list.prepend(h("li", {}, button));
    logs.append(log);
    nobody.hidden = true;
    return person;
  };

  const show = (person: Person | undefined): void => {
    if (open !== undefined) {
      open.log.hidden = true;
      open.button.removeAttribute("aria-current");
    }
    open = person;
    element.classList.toggle("talking", person !== undefined);
    conversation.hidden = person === undefined;
    empty.hidden = person !== undefined;
    if (person === undefined) return;
    person.log.hidden = false;
    person.button.setAttribute("aria-current", "true");
    person.unread = 0;
    person.badge.hidden = true;
    title.textContent = person.name;
    fingerprint.textContent = "";
    found.replaceChildren();
    void fingerprintOf(person.name).then((digits) => {
      if (open === person && digits !== undefined) fingerprint.textContent = `Key ${digits}`;
    });
    toEnd();
    text.focus();
  };

  const toEnd = (): void => {
    logs.scrollTop = logs.scrollHeight;
  };

  const bubble = (person: Person, { mine, text: words, at }: Omit<Line, "peer">): HTMLElement => {
    const when = new Date(at);
    const today = when.toDateString() === new Date().toDateString();
    const state = h(
      "span",
      { className: "state" },
      today ? TIME.format(when) : `${DAY.format(when)}, ${TIME.format(when)}`,
    );
    person.log.append(h("li", { className: mine ? "mine" : "theirs" }, h("p", {}, words), state));
    person.preview.textContent = mine ? `You: ${words}` : words;
    const item = person.button.parentElement;
    if (item !== null && list.firstChild !== item) list.prepend(item);
    if (open === person) toEnd();
    return state;
  };

  const deliver = async (state: HTMLElement, submit: () => Promise<void>): Promise<void> => {
    const time = state.dataset["time"] ?? state.textContent;
    state.dataset["time"] = time;
    state.className = "state";
    state.replaceChildren("Sending…");
    try {
      await submit();
      state.replaceChildren(`${time} · Kept for them ✓`);
    } catch (error) {
      const again = h("button", { type: "button", className: "link" }, "Send again");
      again.addEventListener("click", () => void deliver(state, submit));
      state.className = "state failed";
      state.replaceChildren(`${explain(error)} `, again);
    }
    toEnd();
  };

  onSubmit(searchForm, searchButton, async () => {
    const name = search.value.trim();
    if (name === "") return;
    found.replaceChildren(h("p", { className: "hint" }, "Asking the directory…"));
    try {
      const entry = await find(name);
      if (entry === undefined) found.replaceChildren(h("p", {}, `There is nobody named “${name}”.`));
      else {
        const write = h("button", { type: "button" }, `Write to ${entry.name}`);
        write.addEventListener("click", () => {
          search.value = "";
          show(personNamed(entry.name));
        });
        found.replaceChildren(
          h("p", {}, h("strong", {}, entry.name), " is registered."),
          h("small", { className: "fingerprint" }, `Key ${entry.fingerprint}`),
          write,
        );
        write.focus();
      }
    } catch (error) {
      found.replaceChildren(h("p", { className: "fault" }, explain(error)));
    }
  });

  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (words === "" || open === undefined) return;
    text.value = "";
    fit();
    void deliver(bubble(open, { mine: true, text: words, at: Date.now() }), post(open.name, words));
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    composer.requestSubmit();
  });
  const fit = (): void => {
    text.rows = Math.min(6, text.value.split("\n").length);
  };
  text.addEventListener("input", fit);
  back.addEventListener("click", () => show(undefined));

  return {
    element,
    addPerson: (name) => void personNamed(name),
    add(line, news) {
      const person = personNamed(line.peer);
      const state = bubble(person, line);
      if (line.mine) state.append(" · Kept for them ✓");
      if (!news || open === person) return;
      person.unread += 1;
      person.badge.textContent = String(person.unread);
      person.badge.hidden = false;
    },
    remark(words, peer) {
      const person = peer === undefined ? open : people.get(peer.toLowerCase());
      if (person === undefined) found.replaceChildren(h("p", { className: "fault" }, words));
      else person.log.append(h("li", { className: "remark" }, words));
      toEnd();
    },
  };
}

function avatar(name: string): HTMLElement {
  let hue = 0;
  for (const letter of name.toLowerCase()) hue = (hue * 31 + letter.charCodeAt(0)) % 12;
  return h("span", { className: `avatar hue-${hue}`, aria: { hidden: "true" } }, name.slice(0, 1).toUpperCase());
}
