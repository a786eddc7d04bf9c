/** One setting: what it may be, what it is when nobody sets it, and what it is good for. */
import type { Kind } from "./kinds.js";

/** A setting whose value is a `T` when given, and a `Default` when not. */
export interface Setting<T, Default extends T | undefined = T | undefined> {
  readonly kind: Kind<T>;
  readonly default: Default;
  /** The default in words: its text, or what stands in for it. */
  readonly defaultText: string;
  /** What it does, and why its default is what it is; sentences. */
  readonly help: string;
}

/** A setting with a default. */
export function setting<T>(
  kind: Kind<T>,
  about: { readonly default: NoInfer<T>; readonly help: string },
): Setting<T, T> {
  return { kind, default: about.default, defaultText: kind.format(about.default), help: about.help };
}

/** A setting without one; `unset` says in words what holds then. */
export function optional<T>(
  kind: Kind<T>,
  about: { readonly unset: string; readonly help: string },
): Setting<T, undefined> {
  return { kind, default: undefined, defaultText: about.unset, help: about.help };
}
