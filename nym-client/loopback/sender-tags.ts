/** The senderTags of one client: one for each recipient, constant while the client runs, new after every restart. */
import { createHash } from "node:crypto";
import type { NymAddress } from "../../src/protocol/nym-client/address.js";
import { SENDER_TAG_BYTES, type SenderTag } from "../../src/protocol/nym-client/sender-tag.js";

/** The senderTags of a client; a real client draws them, this one derives them from `seed` and `client`. */
export class SenderTags {
  readonly #seed: string;
  readonly #client: string;
  #run = 0;
  #tags = new Map<NymAddress, SenderTag>();

  constructor(seed: string, client: string) {
    this.#seed = seed;
    this.#client = client;
  }

  /** The tag under which this run has written to `recipient`, if it has. */
  known(recipient: NymAddress): SenderTag | undefined {
    return this.#tags.get(recipient);
  }

  /** The tag under which this run writes to `recipient`. */
  for(recipient: NymAddress): SenderTag {
    const known = this.#tags.get(recipient);
    if (known !== undefined) return known;
    const parts = JSON.stringify([this.#seed, this.#client, this.#run, recipient]);
    const tag = createHash("sha256")
      .update(parts)
      .digest("hex")
      .slice(0, 2 * SENDER_TAG_BYTES) as SenderTag;
    this.#tags.set(recipient, tag);
    return tag;
  }

  /** Forgets all tags, as a restart does. */
  renew(): void {
    this.#run += 1;
    this.#tags = new Map();
  }
}
