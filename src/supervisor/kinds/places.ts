/** Where the Nym clients that we launch are to listen, and that nobody else does. */
import { OperatorError } from "../../util/operator-error.js";
import { freePorts, isFree } from "./free-ports.js";

/** Where one Nym client listens. */
export interface Place {
  /** An IP address. */
  readonly host: string;
  readonly port: number;
  /** `ws://host:port` */
  readonly url: string;
}

/** One for each URL. Ports 0 become free ones here, so that a child that comes back comes back there. */
export async function listeningPlaces(urls: readonly string[]): Promise<readonly Place[]> {
  const parsed = urls.map((url) => new URL(url));
  const free = parsed.some(({ port }) => port === "0") ? await freePorts(urls.length) : [];
  return parsed.map(({ hostname, port }, index) => {
    const host = hostname === "localhost" ? "127.0.0.1" : hostname.replaceAll(/[[\]]/g, "");
    const actual = port === "0" ? (free[index] ?? 0) : Number(port === "" ? 80 : port);
    return { host, port: actual, url: `ws://${host.includes(":") ? `[${host}]` : host}:${actual}` };
  });
}

/** Throws an `OperatorError` if somebody listens there: we would talk to a stranger's Nym client, and publish its address. */
export async function mustBeFree({ host, port }: Pick<Place, "host" | "port">): Promise<void> {
  if (await isFree(port, host)) return;
  throw new OperatorError(
    "port-taken",
    `another program listens on ${host}:${port}: set WEBSOCKET_URL to a free port, or, if that is a nym-client ` +
      "which you run yourself, NYM_CLIENT=external",
  );
}
