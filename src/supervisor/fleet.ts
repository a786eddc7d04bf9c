/** All children of a launch plan, each with its supervisor, addressed by the pool members that they serve. */
import type { LaunchPlan } from "./kinds/kind.js";
import { type ChildStatus, Supervisor, type SupervisorComponents, type SupervisorOptions } from "./supervisor.js";

export class Fleet {
  readonly supervisors: readonly Supervisor[];
  readonly #byClient: ReadonlyMap<number, Supervisor>;

  constructor(plan: LaunchPlan, components: SupervisorComponents, options: SupervisorOptions) {
    const pairs = plan.children.map((spec) => [spec, new Supervisor(spec, components, options)] as const);
    this.supervisors = pairs.map(([, supervisor]) => supervisor);
    this.#byClient = new Map(
      pairs.flatMap(([{ clients }, supervisor]) => clients.map((client) => [client, supervisor])),
    );
  }

  /** Ends what earlier runs left behind and launches every child. Throws `SupervisedElsewhereError`. */
  async start(): Promise<void> {
    await Promise.all(this.supervisors.map((supervisor) => supervisor.start()));
  }

  /** To be called by whoever saw pool member `client` serve. */
  ready(client: number): void {
    this.#byClient.get(client)?.ready();
  }

  /** How the child of pool member `client` is; `undefined` of a client that somebody else runs. */
  status(client: number): ChildStatus | undefined {
    return this.#byClient.get(client)?.status;
  }

  /** Ends the child of pool member `client` gracefully and launches it again; `reason` is a fixed word. */
  restart(client: number, reason: string): void {
    this.#byClient.get(client)?.restart(reason);
  }

  /**
   * A function that tells whether the SURBs that pool member `client` was sent have outlived all exits since it was last
   * asked (or made); `undefined` if there was none, and of a client that somebody else runs.
   */
  survival(client: number): () => boolean | undefined {
    const supervisor = this.#byClient.get(client);
    let known = { exits: supervisor?.exits, epoch: supervisor?.surbEpoch };
    return () => {
      const { exits, epoch } = known;
      known = { exits: supervisor?.exits, epoch: supervisor?.surbEpoch };
      return known.exits === exits ? undefined : known.epoch === epoch;
    };
  }

  /** Ends every child gracefully and for good. Resolves when they are gone. */
  async stop(): Promise<void> {
    await Promise.all(this.supervisors.map((supervisor) => supervisor.stop()));
  }
}
