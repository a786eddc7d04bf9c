/** How loud a line is, from the loudest: `LOG_LEVEL` names the quietest that is still written. */
export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];
