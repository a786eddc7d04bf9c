/** Why a browser is not on the mixnet: a closed list of codes, each with what a person can do about it. */
import { NotConnectedError } from "./transport.js";

/** Every code that a `MixnetUnreachableError` has. */
export const MIXNET_ERRORS = {
  sdkNotLoaded: "the Nym SDK did not load: web-worker-0.js must lie beside the page, and WebAssembly must be allowed",
  nymApiUnreachable: "the nym-api does not answer: check the connection, and the nym-api URL",
  nymApiWrong: "what answers at the nym-api URL is no nym-api: check the URL",
  noGateway: "the nym-api answers, but no gateway let us in: try again, or allow gateways without TLS",
} as const satisfies Readonly<Record<string, string>>;

/** What stands between us and the mixnet. */
export type MixnetErrorCode = keyof typeof MIXNET_ERRORS;

/** The mixnet cannot be reached. Its text holds no address. */
export class MixnetUnreachableError extends NotConnectedError {
  readonly code: MixnetErrorCode;

  constructor(code: MixnetErrorCode) {
    super(MIXNET_ERRORS[code]);
    this.code = code;
  }
}
