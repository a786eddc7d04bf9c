/** Cuts a stream of bytes into lines. */

export interface LineHandlers {
  /** A line, without its end. */
  readonly line: (line: string) => void;
  /** What came is longer than a line may be, and no end in sight. Nothing more is told. */
  readonly tooLong: () => void;
}

/** Takes chunks of a stream whose lines have at most `maxBytes` bytes. */
export function takeLines(maxBytes: number, { line, tooLong }: LineHandlers): (chunk: Buffer) => void {
  let pending: Buffer | undefined = Buffer.alloc(0);
  return (chunk) => {
    if (pending === undefined) return;
    let rest = Buffer.concat([pending, chunk]);
    for (let end = rest.indexOf("\n"); end !== -1; end = rest.indexOf("\n")) {
      line(rest.toString("utf8", 0, end));
      rest = rest.subarray(end + 1);
    }
    pending = rest.length > maxBytes ? undefined : rest;
    if (pending === undefined) tooLong();
  };
}
