/** What a visitor sees first: choose a directory, then a name. */
import { ClientError } from "nym-directory/client/browser";
import { field, h, onSubmit } from "./dom.js";
import { settingsForm } from "./settings-form.js";
import { ERROR_WORDS } from "./words.js";

/** Asks which directory to use. */
export function chooseDirectory(): HTMLElement {
  return h(
    "section",
    { className: "card hero" },
    h("h2", {}, "Which directory?"),
    h(
      "p",
      {},
      "A directory knows people by name, and passes on messages that only they can read. You reach it through the Nym mixnet: it cannot see who or where you are.",
    ),
    settingsForm(undefined),
  );
}

/** Asks for a name and takes it with `register`, which may wait until we are connected. */
export function chooseName(register: (name: string) => Promise<void>): HTMLElement {
  const name = h("input", {
    type: "text",
    required: true,
    maxLength: 64,
    pattern: "[A-Za-z0-9_\\-]+",
    autocapitalize: "off",
    autocomplete: "off",
    spellcheck: false,
  });
  const button = h("button", { type: "submit" }, "Take this name");
  const fault = h("p", { className: "fault", hidden: true });
  fault.setAttribute("role", "alert");
  const form = h(
    "form",
    { noValidate: true },
    field("Your name", name, "Letters, digits, hyphens and underscores. Others find you by it."),
    fault,
    button,
  );
  onSubmit(form, button, async () => {
    fault.hidden = true;
    button.textContent = "Taking it…";
    try {
      await register(name.value.trim());
    } catch (error) {
      fault.textContent =
        error instanceof ClientError ? ERROR_WORDS[error.code] : "This browser could not keep your key.";
      fault.hidden = false;
      name.focus();
    } finally {
      button.textContent = "Take this name";
    }
  });
  return h(
    "section",
    { className: "card hero" },
    h("h2", {}, "Choose a name"),
    h("p", {}, "No account, no e-mail, no password: a key is made in this browser and stays in it."),
    form,
    whatIsKept(),
  );
}

/** What is kept, and where. */
export function whatIsKept(): HTMLElement {
  return h(
    "details",
    { className: "kept" },
    h("summary", {}, "What is kept, and where?"),
    h(
      "ul",
      {},
      h(
        "li",
        {},
        "In this browser: your key, which nobody can copy out of it through this page; your contacts; your conversations, encrypted. Clear the site's data and they are gone, with your name.",
      ),
      h("li", {}, "In this browser, by Nym's software: the keys of your Nym client, not encrypted."),
      h(
        "li",
        {},
        "At the directory: your name and your public key, and messages for you until you take them; it cannot read them.",
      ),
      h("li", {}, "In the address of this page: which directory, and how to reach it. Nothing about you."),
    ),
  );
}
