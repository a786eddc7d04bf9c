/** The only place for an application at a Nym client: one connection at a time, and what arrives while there is none. */
import type { ClientResponse } from "../../src/protocol/nym-client/frames.js";

/** The application's end of a connection. */
export interface Session {
  /** Takes an answer or a push. */
  readonly push: (response: ClientResponse) => void;
  /** The client is gone, or cut the connection. */
  readonly cut: () => void;
}

/** The place, taken. */
export interface Seat {
  /** The handshake succeeded: pushes begin, with what has arrived meanwhile. */
  sit(session: Session): void;
  /** The connection ended, or its handshake failed. */
  leave(): void;
}

/** What a place needs. */
export interface PlaceComponents {
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** How long after a connection the next one is refused (milliseconds). */
  readonly refuseMs: () => number;
  readonly onFailedHandshake: () => void;
}

/** A client's place for an application. */
export class Place {
  readonly #components: PlaceComponents;
  #seat: Seat | undefined;
  #session: Session | undefined;
  #refuseUntil = -Infinity;
  #unread: ClientResponse[] = [];

  constructor(components: PlaceComponents) {
    this.#components = components;
  }

  /** Whether an application is connected. */
  get connected(): boolean {
    return this.#session !== undefined;
  }

  /** Messages that wait for an application to connect. */
  get unread(): number {
    return this.#unread.length;
  }

  /** Takes the place; `undefined` when it is taken, or was until just now. */
  take(): Seat | undefined {
    if (this.#seat !== undefined || this.#components.now() < this.#refuseUntil) return undefined;
    const seat: Seat = { sit: (session) => this.#sit(seat, session), leave: () => this.#leave(seat) };
    this.#seat = seat;
    return seat;
  }

  /** Hands a message to the application, or keeps it until there is one. */
  push(response: ClientResponse): void {
    if (this.#session === undefined) this.#unread.push(response);
    else this.#session.push(response);
  }

  /** Cuts the connection, and says whether there was one. */
  cut(): boolean {
    const session = this.#session;
    if (session === undefined) return false;
    this.#seat?.leave();
    session.cut();
    return true;
  }

  /** The client's process ends: the connection is gone, and so is what was not read. Returns how much that was. */
  vacate(): number {
    const session = this.#session;
    const unread = this.#unread.length;
    this.#seat = undefined;
    this.#session = undefined;
    this.#refuseUntil = -Infinity;
    this.#unread = [];
    session?.cut();
    return unread;
  }

  #sit(seat: Seat, session: Session): void {
    if (this.#seat !== seat) {
      session.cut();
      return;
    }
    this.#session = session;
    for (const response of this.#unread.splice(0)) session.push(response);
  }

  #leave(seat: Seat): void {
    if (this.#seat !== seat) return;
    const failedHandshake = this.#session === undefined;
    this.#seat = undefined;
    this.#session = undefined;
    this.#refuseUntil = this.#components.now() + this.#components.refuseMs();
    if (failedHandshake) this.#components.onFailedHandshake();
  }
}
