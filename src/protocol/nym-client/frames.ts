/**
 * What passes over a nym-client's WebSocket, as types: requests to the client, and its answers and pushes.
 * `binary.ts` is our side of its binary encoding; `binary-server.ts` and `text-server.ts` are the client's side of both.
 */
import type { NymAddress } from "./address.js";
import type { SenderTag } from "./sender-tag.js";

/** A lane (the API's connectionId), 1 to 2^53-1. */
export type Lane = number;

/** What we ask of a Nym client. `lane: undefined` means that no queue length is wanted in answer. */
export type ClientRequest =
  | {
      readonly type: "send";
      readonly recipient: NymAddress;
      readonly lane: Lane | undefined;
      readonly message: Uint8Array;
    }
  | {
      readonly type: "sendAnonymous";
      readonly recipient: NymAddress;
      readonly replySurbs: number;
      readonly lane: Lane | undefined;
      readonly message: Uint8Array;
    }
  | {
      readonly type: "reply";
      readonly senderTag: SenderTag;
      readonly lane: Lane | undefined;
      readonly message: Uint8Array;
    }
  | { readonly type: "selfAddress" }
  | { readonly type: "closedConnection"; readonly lane: Lane }
  | { readonly type: "laneQueueLength"; readonly lane: Lane };

/** What a Nym client answers or pushes. */
export type ClientResponse =
  | { readonly type: "error"; readonly kind: number; readonly message: string }
  | { readonly type: "received"; readonly senderTag: SenderTag | undefined; readonly message: Buffer }
  | { readonly type: "selfAddress"; readonly address: NymAddress }
  | { readonly type: "laneQueueLength"; readonly lane: Lane; readonly length: number };
