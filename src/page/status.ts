/** The line at the top of the page that says how things stand. */
import { byId, h } from "./dom.js";

/** What its colour says. */
export type Mood = "idle" | "busy" | "good" | "bad";

/** Says how things stand; `detail` is shown to who asks for it. */
export function showStatus(mood: Mood, text: string, detail = ""): void {
  const status = byId("status");
  if (status.dataset["state"] !== mood) status.dataset["state"] = mood;
  if (status.title !== detail) status.title = detail;
  byId("status-text").textContent = text;
}

/** Says what keeps the page from working, with what can be done about it; nothing hides it. */
export function showNotice(text = "", action?: { readonly label: string; readonly run: () => void }): void {
  const notice = byId("notice");
  notice.hidden = text === "";
  notice.replaceChildren(h("span", {}, text));
  if (action === undefined) return;
  const button = h("button", { type: "button" }, action.label);
  button.addEventListener("click", () => {
    showNotice();
    action.run();
  });
  notice.append(button);
}

/** Puts a view in the place of the one that is shown. */
export function showScreen(...view: readonly Node[]): void {
  byId("screen").replaceChildren(...view);
}
