import type { Limits } from './limits.ts';

/** A stretch of items, from one index up to another. */
export interface ItemRange {
  readonly from: number;
  readonly until: number;
}

/** Cuts items, in their order, into as few stretches as appends within these limits can have. An item over the limits is one by itself. */
export function* appendBatches(
  items: readonly string[],
  { batchItemsMax, appendBytesMax }: Pick<Limits, 'batchItemsMax' | 'appendBytesMax'>,
): Generator<ItemRange> {
  let from = 0;
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    const more = Buffer.byteLength(item);
    if (index - from >= batchItemsMax || (index > from && bytes + more > appendBytesMax)) {
      yield { from, until: index };
      [from, bytes] = [index, 0];
    }
    bytes += more;
  }
  if (from < items.length) yield { from, until: items.length };
}
