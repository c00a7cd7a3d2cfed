import type { Random } from '../random.ts';
import { itemText } from './item-text.ts';
import type { Batch } from './recording-client.ts';

/** A batch of new items, each of which says where it belongs. */
export function makeBatch(batch: Omit<Batch, 'items'>, length: number, random: Random): Batch {
  const { op, sender } = batch;
  const { epoch, sequence } = 'epoch' in sender ? sender : { epoch: null, sequence: null };
  const items = Array.from({ length }, (_one, k) => itemText({ op, epoch, sequence, k }, random));
  return { ...batch, items };
}
