/** A download to a file: whole or an error, along redirects that never leave TLS, and given up when it stands still. */
import { open } from "node:fs/promises";
import { OperatorError } from "../../src/util/operator-error.js";

export interface DownloadOptions {
  /** Told of the bytes so far, and of all there are to be if the server says so. */
  readonly onProgress: (bytes: number, total: number | undefined) => void;
  /** How long nothing may come before it is given up, in milliseconds. */
  readonly stallMs: number;
  readonly signal: AbortSignal;
}

const MOST_REDIRECTS = 5;

/** Writes what `url` (https, or http) gives to the file `to`, which must not exist. Throws an `OperatorError`. */
export async function download(url: string, to: string, options: DownloadOptions): Promise<void> {
  const stalled = new AbortController();
  const patience = setTimeout(() => stalled.abort(), options.stallMs);
  const signal = AbortSignal.any([stalled.signal, options.signal]);
  const file = await open(to, "wx", 0o600);
  try {
    const response = await follow(url, signal);
    const length = response.headers.get("content-length");
    const total = length === null ? undefined : Number(length);
    let bytes = 0;
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      patience.refresh();
      await file.writeFile(chunk);
      bytes += chunk.length;
      options.onProgress(bytes, total);
    }
    if (total !== undefined && bytes !== total) throw failed(url, `ended after ${bytes} of ${total} bytes`);
    await file.sync();
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    if (options.signal.aborted) throw failed(url, "was interrupted");
    throw failed(url, stalled.signal.aborted ? "stood still" : `broke off (${reasonOf(error)})`);
  } finally {
    clearTimeout(patience);
    await file.close();
  }
}

async function follow(first: string, signal: AbortSignal): Promise<Response> {
  let url = new URL(first);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await fetch(url, { redirect: "manual", signal, headers: { "accept-encoding": "identity" } });
    if (response.ok) return response;
    const location = response.headers.get("location");
    await response.body?.cancel();
    if (response.status < 300 || response.status > 399 || location === null) {
      throw failed(url.href, `was answered with ${response.status}`);
    }
    const next = new URL(location, url);
    if (url.protocol === "https:" && next.protocol !== "https:") throw failed(url.href, "was sent on without TLS");
    url = next;
  }
  throw failed(first, `was sent on more than ${MOST_REDIRECTS} times`);
}

function failed(url: string, what: string): OperatorError {
  return new OperatorError("download", `the download of ${url} ${what}`);
}

/** The system's code, which `fetch` hides one level down. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  return error.message;
}
