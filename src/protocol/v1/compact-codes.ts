/** The numbers that stand for actions (`a`) and contexts (`c`) in the compact form. */

/** Codes of `a`. A query and its response have the same. */
export const ACTION_CODES = {
  query: 0,
  register: 1,
  registrationResponse: 2,
  login: 3,
  loginResponse: 4,
  send: 5,
  incomingMessage: 6,
  sendResponse: 7,
  challenge: 8,
  challengeResponse: 9,
} as const;

/** Codes of `c`, which only replies have. */
export const CONTEXT_CODES = { registration: 0, login: 1, chat: 2, query: 3 } as const;
