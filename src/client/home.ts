/** Where a directory knows us: at one of its addresses, and at the next when that falls silent, where we log in first. */
import type { NymAddress } from "../protocol/nym-client/address.js";
import { type Addresses, somewhere } from "./addresses.js";

/** What a home is made of. */
export interface HomeComponents {
  readonly addresses: Addresses;
  readonly moved: (to: NymAddress) => void;
  /** Logs in at an address as who we are. */
  readonly login: (at: NymAddress) => Promise<void>;
  /** The directory knows us there, without the user having asked for it. */
  readonly loggedIn: () => void;
}

export interface Home {
  /** Proves who we are from now on. */
  become(proof: (at: NymAddress) => Promise<void>): Promise<void>;
  /** Logs in once more: our senderTag may be another one. */
  loginAgain(): Promise<void>;
  /** Holds a conversation where we are known. */
  visit<T>(conversation: (at: NymAddress) => Promise<T>): Promise<T>;
}

/** A home at which nobody knows us yet. */
export function createHome({ addresses, moved, login, loggedIn }: HomeComponents): Home {
  /** Where we have last proven who we are, or are about to. */
  let known: { readonly at: NymAddress; readonly proven: Promise<void> } | undefined;

  function at<T>(conversation: (address: NymAddress) => Promise<T>): Promise<T> {
    return somewhere(addresses, "home", conversation, moved);
  }

  async function prove(address: NymAddress, proof: () => Promise<void>): Promise<void> {
    const before = known;
    const proven = proof();
    known = { at: address, proven };
    try {
      await proven;
    } catch (error) {
      if (known.proven === proven) known = before;
      throw error;
    }
  }

  async function introduce(address: NymAddress): Promise<void> {
    await prove(address, () => login(address));
    loggedIn();
  }

  return {
    become: (proof) => at((address) => prove(address, () => proof(address))),
    loginAgain: () => at(introduce),
    visit: (conversation) =>
      at(async (address) => {
        if (known !== undefined && known.at !== address) await introduce(address);
        return conversation(address);
      }),
  };
}
