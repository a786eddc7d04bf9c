/** A user's way into the mixnet: their own Nym client, which takes anonymous messages to the directory. */
import type { LoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import type { NymAddress } from "../../src/protocol/nym-client/address.js";

/** An open connection to a Nym client. */
export interface Link {
  /** Sends a message to the directory with so many reply SURBs; nothing is told of what becomes of it. */
  send(message: Uint8Array, surbs: number): void;
  close(): void;
}

/** What comes from a link. */
export interface LinkHandlers {
  readonly onMessage: (message: Buffer) => void;
  readonly onClose?: () => void;
}

/** A link to the Nym client `client` of a mixnet in this process. Throws when that does not run, or is taken. */
export function attachLink(
  mixnet: LoopbackMixnet,
  client: string,
  directory: NymAddress,
  { onMessage, onClose = () => undefined }: LinkHandlers,
): Link {
  const attachment = mixnet.attach(client, {
    onResponse: (response) => {
      if (response.type === "received") onMessage(response.message);
    },
    onClose,
  });
  return {
    send(message, surbs) {
      attachment.send({ type: "sendAnonymous", recipient: directory, replySurbs: surbs, lane: undefined, message });
    },
    close: () => attachment.close(),
  };
}
