/** Makes elements: text is always text, so nothing that somebody wrote can become markup. */

type Properties<Tag extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[Tag], "style" | "dataset" | "children" | "innerHTML" | "outerHTML">
> & { readonly aria?: Readonly<Record<string, string>> };

/** An element with these properties, ARIA attributes and children. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { aria = {}, ...properties }: Properties<Tag> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  element.append(...children);
  return element;
}

/** The element of the page with this id. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

/** A labelled text field; `hint` stands below it. */
export function field(label: string, input: HTMLInputElement | HTMLTextAreaElement, hint: string): HTMLElement {
  input.id = `field-${label.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;
  const note = h("small", { id: `${input.id}-hint` }, hint);
  input.setAttribute("aria-describedby", note.id);
  return h("div", { className: "field" }, h("label", { htmlFor: input.id }, label), input, note);
}

/** Runs `work` when a form is sent, its button resting meanwhile. */
export function onSubmit(form: HTMLFormElement, button: HTMLButtonElement, work: () => Promise<void>): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    form.setAttribute("aria-busy", "true");
    void work().finally(() => {
      button.disabled = false;
      form.removeAttribute("aria-busy");
    });
  });
}
