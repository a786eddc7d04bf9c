/**
 * Consent: whether a user hears from another, whatever it is that the other wants to say or take. Who is refused must not
 * be able to tell, so whoever asks reads the same rows either way, and answers the same.
 */
import type { Consent } from "../store/contacts.js";
import type { User } from "../store/rows.js";

/**
 * Whether `to` hears from `from`, where `consent` is the row `consentOf(to.id, from.id)`. Nothing that was set means yes,
 * and everybody hears from themselves.
 */
export function allows(consent: Consent | undefined, to: Pick<User, "id">, from: Pick<User, "id">): boolean {
  if (consent === undefined || to.id === from.id) return true;
  const { policy, relation, blocked } = consent;
  if (blocked || policy === "nobody") return false;
  return policy === "everyone" || relation === "contact";
}

/** Are they contacts, whether or not one of them has blocked the other since? */
export function isContact(consent: Consent | undefined): boolean {
  return consent?.relation === "contact";
}
