/** Errors that the operator caused and can mend: one clear line, no stack, and the exit code for configuration. */

/** Something that was given to us, or that lies on the disk, is not as it must be. `message` is one line and says what to do. */
export class OperatorError extends Error {
  override readonly name: string = "OperatorError";
  /** Tells the cases apart, in tests and for scripts; never shown alone. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
