/** What a visitor sees when there is no way on: what is wrong, what to do, and a button to try again. */
import { h } from "./dom.js";

/** A card that says what is wrong. */
export function trouble(
  title: string,
  { what, steps }: { readonly what: string; readonly steps: readonly string[] },
  code: string,
): HTMLElement {
  const again = h("button", { type: "button" }, "Try again");
  again.addEventListener("click", () => location.reload());
  const card = h(
    "section",
    { className: "card hero trouble" },
    h("h2", {}, title),
    h("p", {}, what),
    h("ul", {}, ...steps.map((step) => h("li", {}, step))),
    h("div", { className: "row" }, again),
    h("small", {}, `Code: ${code}`),
  );
  card.setAttribute("role", "alert");
  return card;
}
