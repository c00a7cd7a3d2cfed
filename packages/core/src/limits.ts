const KiB = 1024;
const MiB = 1024 * KiB;

/**
 * Every maximum that a store enforces. All can be configured where the store is made; a request over one of them is refused
 * with `invalid_request` (reason `LIMIT_EXCEEDED`) that names the limit, and nothing of it is stored. Bytes are of UTF-8.
 */
export interface Limits {
  /** Bytes of one item's JSON text. */
  readonly itemBytesMax: number;
  /** Bytes of all items of one append. */
  readonly appendBytesMax: number;
  /** Items of one append. */
  readonly batchItemsMax: number;
  /** Nesting of arrays and objects in an item; a flat object has depth 1. */
  readonly jsonDepthMax: number;
  /** Bytes of a thread's `name`. */
  readonly nameBytesMax: number;
  /** Bytes of any other metadata value: text as it is, structured values as JSON. */
  readonly metadataValueBytesMax: number;
  /** Bytes of the label of a lease's holder. */
  readonly holderBytesMax: number;
  /** Bytes of the operation id of an external append. */
  readonly operationIdBytesMax: number;
  /** Writers whose leases are renewed by one call. */
  readonly writersMax: number;
  /** Threads, turns or items of one page; a larger `pageSize` is lowered to it. */
  readonly pageSizeMax: number;
  /** Threads, turns or items of a page when `pageSize` is absent or 0. */
  readonly pageSizeDefault: number;
  /** Bytes of the items of a page of turns or items. A page ends before it would have more, but has one entry at least. */
  readonly pageBytesMax: number;
  /** Bytes of the items of one turn in full view. */
  readonly turnBytesMax: number;
  /** Values of one list filter. */
  readonly filterValuesMax: number;
  /** Bytes of a search term. */
  readonly searchTermBytesMax: number;
  /** Bytes of a cursor. */
  readonly cursorBytesMax: number;
}

/** The limits of a store that is told nothing else. */
export const defaultLimits: Limits = {
  // The largest items seen in agent logs are tool outputs with images inline.
  itemBytesMax: 8 * MiB,
  // Two of the largest items; the transport's own message limit stands above it.
  appendBytesMax: 16 * MiB,
  batchItemsMax: 1_000,
  // JSON.stringify overflows V8's stack near 4,000, serde_json refuses at 128: what is stored must be readable elsewhere too.
  jsonDepthMax: 128,
  nameBytesMax: 1_024,
  metadataValueBytesMax: 64 * KiB,
  holderBytesMax: 256,
  operationIdBytesMax: 256,
  writersMax: 1_000,
  pageSizeMax: 200,
  pageSizeDefault: 50,
  pageBytesMax: 8 * MiB,
  turnBytesMax: 32 * MiB,
  filterValuesMax: 100,
  searchTermBytesMax: 256,
  cursorBytesMax: 1_024,
};
