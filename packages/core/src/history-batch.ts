/** A streamed batch has at most this many bytes of UTF-8; a larger item is a batch of its own. */
export const historyBatchBytes = 256 * 1024;
