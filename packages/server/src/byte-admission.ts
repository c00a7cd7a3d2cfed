import { ThreadStoreError } from '@threadstore/core';

/** What the requests of Codex under way may hold, unless somebody says otherwise: 256 MiB. */
export const codexRequestBytesDefault = 256 * 1024 * 1024;

/** Bounds what requests under way hold of memory. One may always come, however large: else it could never be served. */
export class ByteAdmission {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Does the work while its bytes count. Rejects with `OVERLOADED`, and does nothing, when they would be too many. */
  async admit<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#bytesMax) {
      throw new ThreadStoreError({
        reason: 'OVERLOADED',
        message: `too many bytes of requests are under way (got ${bytes} more, limit ${this.#bytesMax})`,
      });
    }
    this.#bytes += bytes;
    try {
      return await work();
    } finally {
      this.#bytes -= bytes;
    }
  }
}
