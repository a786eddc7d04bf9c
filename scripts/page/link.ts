/** Where the example page finds a directory: everything that it has to know stands in its URL. */
import type { LocalDirectory } from "../local-directory.js";

/** The page at `url`, for the directory that runs on this machine on a loopback mixnet. */
export function linkTo(url: string, { addresses, users, replyKey }: LocalDirectory): string {
  const query = new URLSearchParams({
    directory: addresses.join(","),
    loopback: users,
    replyKey: replyKey.replaceAll(/-----[A-Z ]+-----|\s/g, ""),
  });
  return `${url}?${query.toString()}`;
}
