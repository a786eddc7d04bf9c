/** What the page is told by its URL: which directory, and by which way. Bookmark it, or send it to a friend. */
import { parseAddress } from "nym-directory/client/browser";

/** How the page runs. */
export interface Settings {
  /** Nym addresses of the directory, at least one. */
  readonly directory: readonly string[];
  /** Base64 of the DER of the key that signs the directory's replies, if known. */
  readonly replyKey: string | undefined;
  readonly nymApi: string;
  readonly forceTls: boolean;
  /** Where a loopback mixnet has its users, instead of the real mixnet; on this machine only. */
  readonly loopback: string | undefined;
}

/** The nym-api of the Nym mixnet. */
export const DEFAULT_NYM_API = "https://validator.nymtech.net/api";

/** Reads a query; `undefined` when it names no directory, or something in it cannot be. */
export function readSettings(query: URLSearchParams): Settings | undefined {
  const directory = addressesIn(query.get("directory") ?? "");
  const nymApi = query.get("nymApi") ?? DEFAULT_NYM_API;
  const loopback = query.get("loopback") ?? undefined;
  if (directory === undefined || !isHttpUrl(nymApi)) return undefined;
  if (loopback !== undefined && !isLocalSocket(loopback)) return undefined;
  return {
    directory,
    nymApi,
    loopback: loopback?.replace(/\/+$/, ""),
    forceTls: query.get("forceTls") !== "false",
    replyKey: query.get("replyKey") ?? undefined,
  };
}

/** The query that `readSettings` reads. */
export function writeSettings({ directory, nymApi, forceTls, loopback, replyKey }: Settings): string {
  const query = new URLSearchParams({ directory: directory.join(",") });
  if (nymApi !== DEFAULT_NYM_API) query.set("nymApi", nymApi);
  if (!forceTls) query.set("forceTls", "false");
  if (loopback !== undefined) query.set("loopback", loopback);
  if (replyKey !== undefined) query.set("replyKey", replyKey);
  return query.toString();
}

/** The Nym addresses in a text, separated by commas or white space; `undefined` when one is none, or there is none. */
export function addressesIn(text: string): readonly string[] | undefined {
  const addresses = text.split(/[\s,]+/).filter((part) => part !== "");
  const good = addresses.length > 0 && addresses.every((address) => parseAddress(address) !== undefined);
  return good ? addresses : undefined;
}

/** Is this the URL of something that could be a nym-api? */
export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function isLocalSocket(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "ws:" && (hostname === "127.0.0.1" || hostname === "localhost");
}

/** PEM of base64 DER, as the client library takes it. */
export function pemOf(replyKey: string): string {
  const lines = replyKey.replaceAll(" ", "+").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN PUBLIC KEY-----", ...lines, "-----END PUBLIC KEY-----", ""].join("\n");
}
