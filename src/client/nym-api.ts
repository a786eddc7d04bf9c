/**
 * Is there a nym-api? The SDK tells a page nothing of why it does not connect, so the page asks the same server itself,
 * for something that the SDK asks as well.
 */
import type { MixnetErrorCode } from "./mixnet-error.js";
import { sleep } from "./sleep.js";

/** How often to ask and for how long; times in milliseconds. */
export interface NymApiPatience {
  readonly tries: number;
  readonly pause: number;
  readonly timeout: number;
}

const PATIENCE: NymApiPatience = { tries: 3, pause: 1_500, timeout: 15_000 };
const ANONYMOUSLY = { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" } as const;
const PATH = "/v1/epoch/key-rotation-info";

/** What is wrong with the nym-api at `url`; `undefined` when it answers as one. Rejects when `signal` is aborted. */
export async function faultOfNymApi(
  url: string,
  signal: AbortSignal,
  patience: NymApiPatience = PATIENCE,
): Promise<MixnetErrorCode | undefined> {
  for (let tried = 1; ; tried++) {
    const fault = await ask(`${url.replace(/\/+$/, "")}${PATH}`, signal, patience.timeout);
    if (fault === undefined || tried >= patience.tries) return fault;
    await sleep(patience.pause, signal);
  }
}

async function ask(url: string, signal: AbortSignal, timeout: number): Promise<MixnetErrorCode | undefined> {
  try {
    const response = await fetch(url, {
      ...ANONYMOUSLY,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
    });
    const answer: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
    return typeof answer === "object" && answer !== null && "key_rotation_state" in answer ? undefined : "nymApiWrong";
  } catch {
    signal.throwIfAborted();
    return "nymApiUnreachable";
  }
}
