/** A call under way. */
export interface OpenCall {
  /** It lasts until somebody ends it: a health watch, a reflection stream. */
  readonly lingers: boolean;
  /** Ends it from this side. */
  readonly end: () => void;
}

/** The calls under way, for the end of the service. */
export class OpenCalls {
  readonly #open = new Set<OpenCall>();
  #onNone: (() => void) | undefined;

  add(call: OpenCall): void {
    this.#open.add(call);
  }

  remove(call: OpenCall): void {
    this.#open.delete(call);
    if (this.#open.size === 0) this.#onNone?.();
  }

  endLingering(): void {
    for (const call of this.#open) if (call.lingers) call.end();
  }

  /** Resolves as soon as no call is under way. */
  async none(): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onNone = resolve;
    });
  }
}
