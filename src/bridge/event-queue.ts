/** What waits for the one reader of a bridge, in order. Says when it is full, so that the socket can be paused. */

/** Bounds of what waits. Both are passed by what one read of the socket brings, at most. */
export interface QueueBounds {
  readonly items: number;
  readonly bytes: number;
}

/** A queue that is emptied as a whole: what came in together goes out together. */
export class EventQueue<Item> {
  readonly #bounds: QueueBounds;
  readonly #onTaken: () => void;
  #waiting: Item[] = [];
  #bytes = 0;
  #ended = false;
  #read = false;
  #wake: (() => void) | undefined;

  /** `onTaken` is called when the reader has emptied the queue. */
  constructor(bounds: QueueBounds, onTaken: () => void) {
    this.#bounds = bounds;
    this.#onTaken = onTaken;
  }

  /** Whether no more should be pushed for now. */
  get full(): boolean {
    return this.#waiting.length >= this.#bounds.items || this.#bytes >= this.#bounds.bytes;
  }

  push(item: Item, bytes: number): void {
    this.#waiting.push(item);
    this.#bytes += bytes;
    this.#wake?.();
  }

  /** Lets the reader finish with what is still there. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** All items, in batches. The reader runs after the push's caller is done, and so gets what one read of a socket brought as one batch. */
  async *batches(): AsyncGenerator<readonly Item[], void, undefined> {
    if (this.#read) throw new Error("a bridge has one reader");
    this.#read = true;
    for (;;) {
      if (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.#waiting = [];
        this.#bytes = 0;
        this.#onTaken();
        yield batch;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    }
  }
}
