/** What a floor does with messages. */

/** Answers a message (`tag` is the sender's) through `reply`, now or later. */
export type FloorServer = (
  tag: Buffer,
  message: Buffer,
  reply: (tag: Buffer, message: string | Buffer) => void,
) => void;
