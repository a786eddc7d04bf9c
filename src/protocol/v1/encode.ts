/** From replies and requests to the bytes of a message, in the dialect of the conversation. */
import { encodeCompactReply } from "./compact-replies.js";
import { encodeCompactRequest } from "./compact-requests.js";
import { encodeLongReply } from "./long-replies.js";
import { encodeLongRequest } from "./long-requests.js";
import type { Dialect, Reply } from "./reply.js";
import { encodeUnsupportedReply, isUnsupported, type UnsupportedReply } from "./unsupported.js";
import type { ClientRequest } from "./request.js";

const utf8 = new TextEncoder();

/** The message of a reply. `sign` gives the directory's signature (DER, as hex) over a content; the compact form carries none. */
export function encodeReply(reply: Reply | UnsupportedReply, sign: (content: string) => string): Uint8Array {
  if (isUnsupported(reply)) return utf8.encode(encodeUnsupportedReply(reply, sign));
  return utf8.encode(reply.dialect === "long" ? encodeLongReply(reply, sign) : encodeCompactReply(reply));
}

/** The message of a request; in the long form to the byte as the shipped client writes it. */
export function encodeRequest(request: ClientRequest, dialect: Dialect): Uint8Array {
  return utf8.encode(dialect === "long" ? encodeLongRequest(request) : encodeCompactRequest(request));
}
