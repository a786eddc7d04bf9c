/** Runs asynchronous work one piece after the other, in the order in which it was asked for. */

/** A queue: what is given to it runs when everything before has ended, whichever way. */
export type Queue = <T>(work: () => Promise<T>) => Promise<T>;

/** An empty queue. */
export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const run = last.then(work, work);
    last = run.catch(() => undefined);
    return run;
  };
}

/** Queues by key, each of which exists only while there is something in it. */
export function createKeyedQueue(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const queues = new Map<string, { readonly queue: Queue; length: number }>();
  return async (key, work) => {
    const entry = queues.get(key) ?? { queue: createQueue(), length: 0 };
    queues.set(key, entry);
    entry.length++;
    try {
      return await entry.queue(work);
    } finally {
      if (--entry.length === 0) queues.delete(key);
    }
  };
}
