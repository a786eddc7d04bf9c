/** Serves the example page to browsers on this machine, with a policy that lets it do what it needs and nothing else. */
import { readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

const HOST = "127.0.0.1";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".map": "application/json",
};

const HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "cache-control": "no-cache",
};

/** Nym's worker runs WebAssembly, and connects to gateways that only it knows. It can do nothing else. */
const WORKER_POLICY = "default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src https: wss: http: ws:";

const DEFAULT_NYM_API = "https://validator.nymtech.net";

/** A page that is being served. */
export interface ServedPage extends AsyncDisposable {
  /** For example `http://127.0.0.1:4173/`. */
  readonly url: string;
}

/** Where who asks for the page and no directory is led, given the page's URL; `undefined` for nowhere. */
export type Home = (url: string) => Promise<string | undefined>;

/** Serves what lies in `folder`, which is read once, on `port`, 0 for any. Rejects when the port is taken. */
export async function servePage(folder: string, port: number, home?: Home): Promise<ServedPage> {
  const files = new Map<string, Buffer>();
  for (const name of await readdir(folder)) files.set(`/${name}`, await readFile(join(folder, name)));
  const urlOf = (): string => `http://${HOST}:${(server.address() as AddressInfo).port}/`;
  const server = createServer((request, response) => {
    void (async () => {
      const place = isHome(request) ? await home?.(urlOf()) : undefined;
      if (place === undefined) answer(files, request, response);
      else response.writeHead(302, { ...HEADERS, location: place }).end();
    })();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, resolve);
  });
  return {
    url: urlOf(),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Whoever came by another name was led here by somebody else's DNS. */
function isOurs({ headers }: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? "");
}

function isHome(request: IncomingMessage): boolean {
  return isOurs(request) && request.method === "GET" && request.url === "/";
}

function answer(files: ReadonlyMap<string, Buffer>, request: IncomingMessage, response: ServerResponse): void {
  const { method = "", url = "/" } = request;
  if (!isOurs(request)) return refuse(response, 421);
  if (method !== "GET" && method !== "HEAD") return refuse(response, 405);
  const { pathname, searchParams } = new URL(url, `http://${HOST}`);
  const path = pathname === "/" ? "/index.html" : pathname;
  const body = files.get(path);
  if (body === undefined) return refuse(response, 404);
  response.writeHead(200, {
    ...HEADERS,
    "content-type": TYPES[extname(path)] ?? "application/octet-stream",
    "content-length": body.length,
    "content-security-policy": path.startsWith("/web-worker") ? WORKER_POLICY : pagePolicy(searchParams),
  });
  response.end(method === "HEAD" ? undefined : body);
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, HEADERS).end();
}

/** The page itself connects to the nym-api that its URL names, or to a loopback mixnet on this machine. */
function pagePolicy(query: URLSearchParams): string {
  const loopback = query.get("loopback");
  const target = loopback === null ? query.get("nymApi") : loopback;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${originOf(target) ?? DEFAULT_NYM_API}`,
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function originOf(target: string | null): string | undefined {
  if (target === null || !URL.canParse(target)) return undefined;
  const { protocol, host } = new URL(target);
  const possible = /^(https?|ws):$/.test(protocol) && /^[\w.:[\]-]+$/.test(host);
  return possible ? `${protocol}//${host}` : undefined;
}
