/** Why calls are not served now. One line for people, without host names or secrets. */
export interface Unreadiness {
  readonly reason: string;
  /** Whether calls are refused, streams of appends ended: what they'd do could do harm. Else they are let try. */
  readonly refuses: boolean;
}

type Listener = (unready: Unreadiness | null) => void;

/** Whether calls are served, by what is below the service. Others are told of each change. */
export class Readiness {
  #unready: Unreadiness | null;
  readonly #listeners: Listener[] = [];

  constructor(unready: Unreadiness | null = null) {
    this.#unready = unready;
  }

  /** `null`: they are. */
  get unready(): Unreadiness | null {
    return this.#unready;
  }

  /** Called at once, and at each change. */
  listen(listener: Listener): void {
    this.#listeners.push(listener);
    listener(this.#unready);
  }

  set(unready: Unreadiness | null): void {
    const isSame = unready?.reason === this.#unready?.reason && unready?.refuses === this.#unready?.refuses;
    if (isSame) return;
    this.#unready = unready;
    for (const listener of this.#listeners) listener(unready);
  }
}
