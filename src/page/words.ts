/** What the page says to people: of errors, and of what to do about them. */
import type { ClientErrorCode, MixnetErrorCode, Rejection } from "nym-directory/client/browser";

/** Why something that was asked for did not happen. */
export const ERROR_WORDS: Readonly<Record<ClientErrorCode, string>> = {
  nameTaken: "This name belongs to somebody else. Please choose another one.",
  invalidName: "A name has 1 to 64 letters, digits, hyphens or underscores.",
  noSuchUser: "Nobody is registered under this name.",
  notRegistered: "The directory does not know your name any more.",
  notLoggedIn: "You are not logged in yet.",
  badSignature: "The directory has bound your name to another key than the one in this browser.",
  badDirectoryKey: "The directory has no usable key for this name.",
  timeout: "The directory did not answer. It may be down, or its address may be another one now.",
  notConnected: "The connection to the mixnet is gone. It comes back by itself when it can.",
  directoryFailure: "The directory cannot store anything at the moment.",
  refused: "The directory did not accept this.",
  tooLong: "This message is too long.",
  closed: "The connection was closed.",
};

/** What stands between us and the mixnet, and what to do. */
export const TROUBLE_WORDS: Readonly<
  Record<MixnetErrorCode, { readonly what: string; readonly steps: readonly string[] }>
> = {
  sdkNotLoaded: {
    what: "Nym's software did not start in this browser.",
    steps: [
      "Use a current version of Firefox, Chrome or Safari.",
      "If you run this page yourself: web-worker-0.js has to lie beside it.",
    ],
  },
  nymApiUnreachable: {
    what: "The nym-api, which knows the way into the mixnet, does not answer.",
    steps: [
      "Check that you are online, and that no filter or firewall keeps the nym-api out.",
      "If you run a network of your own, put the URL of its nym-api into the settings.",
    ],
  },
  nymApiWrong: {
    what: "Something answers at the nym-api's URL, but it is no nym-api.",
    steps: ["Check the nym-api's URL in the settings: it usually ends in /api."],
  },
  noGateway: {
    what: "The nym-api answers, but no gateway let us in.",
    steps: [
      "Try again: gateways are sometimes busy.",
      "On a network whose gateways have no TLS, switch “only gateways with TLS” off in the settings.",
    ],
  },
};

/** The same on a loopback mixnet, where only one thing can be wrong. */
export const LOOPBACK_TROUBLE = {
  what: "The loopback mixnet on this machine does not answer.",
  steps: [
    "Start the directory: npm start.",
    "Open the page by the address that npm run page prints: its ports change.",
    "It lets each user in once: close other pages and programs that use this identity.",
  ],
};

/** Why a message is not shown; those that mean nothing to people have no words. */
export const REJECTION_WORDS: Readonly<Partial<Record<Rejection, string>>> = {
  unverified: "A message is not shown: the directory could not be asked who sent it.",
  unsigned: "A message is not shown: it is not signed by who it says it is from.",
  keyChanged:
    "A message is not shown: it is signed with another key than the one that you have trusted so far. Ask them, by another way, whether they have a new key.",
  unreadable: "A message is not shown: it was not encrypted to you, or was damaged.",
  unknownSender: "A message is not shown: nobody is registered under the name that it bears.",
};
