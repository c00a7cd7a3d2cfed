import { MemoryThreadStore } from '@threadstore/core';

/** A store whose lists wait until they are let go. */
export class HeldStore extends MemoryThreadStore {
  readonly #held: (() => void)[] = [];
  waiting = 0;
  isHolding = true;

  override async listThreads(...args: Parameters<MemoryThreadStore['listThreads']>) {
    if (this.isHolding) {
      this.waiting += 1;
      await new Promise<void>((resolve) => {
        this.#held.push(resolve);
      });
    }
    return super.listThreads(...args);
  }

  release(): void {
    this.isHolding = false;
    for (const go of this.#held.splice(0)) go();
  }
}
