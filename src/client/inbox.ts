/** Messages that wait for their reader: an async iterable for one reader, which ends when it is closed. */

/** Takes items at one end and gives them out, in order, at the other. */
export interface Inbox<T> extends AsyncIterable<T> {
  put(item: T): void;
  /** What is in it can still be read; then the reader's loop ends. */
  close(): void;
}

/** An empty inbox. */
export function createInbox<T>(): Inbox<T> {
  const items: T[] = [];
  let closed = false;
  let wake: () => void = () => undefined;
  return {
    put(item) {
      items.push(item);
      wake();
    },
    close() {
      closed = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const item = items.shift();
        if (item !== undefined) yield item;
        else if (closed) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
