/** What has to be done from time to time: erase what has expired, and truncate the log in which erased bytes linger. */
import type { Store } from "./store/store.js";
import type { Counters } from "./telemetry/counters.js";
import type { Events } from "./telemetry/events.js";
import { type Clock, hourAfter } from "./util/time.js";

export interface MaintenanceComponents {
  readonly store: Pick<Store, "sweep" | "truncateLog">;
  readonly events: Pick<Events, "swept" | "walTruncated" | "maintenanceFailed">;
  readonly counters: Pick<Counters, "add">;
  readonly clock: Clock;
}

/** What could not be done (somebody reads the log, the disk is full) is tried again after this long, in milliseconds. */
const RETRY_MS = 60_000;

/** Begins at once, and again `everyMs` after each end, or sooner when not all could be done. What it returns stops that. */
export function startMaintenance(components: MaintenanceComponents, everyMs: number): Disposable {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const round = async (): Promise<void> => {
    const complete = await maintain(components);
    if (!stopped) timer = setTimeout(() => void round(), complete ? everyMs : Math.min(everyMs, RETRY_MS));
  };
  void round();
  return {
    [Symbol.dispose]() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Whether all of it could be done. */
async function maintain({ store, events, counters, clock }: MaintenanceComponents): Promise<boolean> {
  try {
    // The hour that has begun: a row stays for the whole of its last hour.
    const swept = await store.sweep(hourAfter(clock()));
    counters.add("messages.expired", swept.deliveries);
    counters.add("copies.expired", swept.copies);
    events.swept({ rows: Object.values<number>({ ...swept }).reduce((sum, rows) => sum + rows, 0) });
    const truncated = await store.truncateLog();
    if (truncated) events.walTruncated();
    return truncated;
  } catch (error) {
    events.maintenanceFailed({ error });
    return false;
  }
}
