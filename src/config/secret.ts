/** A secret as a type of its own: it can be passed on and used, and no log, JSON text or error shows what is in it. */
import { inspect } from "node:util";

const HIDDEN = "[secret]";

/** Text that must not be seen. `reveal` is the only way to it, so that a search for the word finds every use. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
