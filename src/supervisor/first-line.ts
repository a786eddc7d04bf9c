/** Takes the first line off a stream of bytes and passes the rest on. */

const MAX_BYTES = 65_536;

/** A filter before `rest`: `onLine` is told the first line, unless it is longer than 64 KiB. */
export function takeFirstLine(onLine: (line: string) => void, rest: (chunk: Buffer) => void): (chunk: Buffer) => void {
  let pending: Buffer | undefined = Buffer.alloc(0);
  return (chunk) => {
    if (pending === undefined) {
      rest(chunk);
      return;
    }
    const seen = Buffer.concat([pending, chunk]);
    const end = seen.indexOf("\n");
    if (end === -1 && seen.length < MAX_BYTES) {
      pending = seen;
      return;
    }
    pending = undefined;
    if (end !== -1) onLine(seen.toString("utf8", 0, end));
    if (end + 1 < seen.length) rest(seen.subarray(end + 1));
  };
}
