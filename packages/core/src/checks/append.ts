import { invalidField, limitExceeded } from '../error-factories.ts';
import type { Limits } from '../limits.ts';
import type { ThreadId } from '../thread.ts';
import { itemFacts, type ItemFacts } from '../turn-index/item-facts.ts';
import type { AppendItemsParams } from '../writer.ts';
import { checkBigInteger } from './integer.ts';
import { checkItem } from './item.ts';
import { asParams, checkFlag, type Untyped } from './params.ts';
import { checkPatch, type CheckedPatch } from './patch.ts';
import { checkText } from './text.ts';
import { checkThreadId } from './thread-id.ts';

interface CheckedBatch {
  readonly threadId: ThreadId;
  /** A copy of the caller's array. */
  readonly items: readonly string[];
  /** Bytes of all items in UTF-8. */
  readonly bytes: number;
  /** What the indexes take from each item. */
  readonly facts: readonly (ItemFacts | null)[];
  /** `null` without a patch. */
  readonly metadata: CheckedPatch | null;
}

export interface CheckedWriterAppend extends CheckedBatch {
  readonly external: false;
  readonly epoch: bigint;
  readonly sequence: bigint;
}

export interface CheckedExternalAppend extends CheckedBatch {
  readonly external: true;
  readonly operationId: string;
}

export type CheckedAppend = CheckedWriterAppend | CheckedExternalAppend;

export function checkAppendItems(params: AppendItemsParams, limits: Limits): CheckedAppend {
  return { ...checkAppendHead(params, limits), ...checkItems(params.items, limits) };
}

export type CheckedAppendHead = Pick<CheckedBatch, 'threadId' | 'metadata'> & Identity;

/** All of an append but its items. */
export function checkAppendHead(params: AppendItemsParams, limits: Limits): CheckedAppendHead {
  const given = asParams(params);
  const threadId = checkThreadId(given['threadId']);
  const identity = checkIdentity(given, limits);
  const metadata =
    given['metadata'] === undefined
      ? null
      : checkPatch(given['metadata'], { field: 'metadata', operation: 'append_items' }, limits);
  return { threadId, ...identity, metadata };
}

type Identity =
  | Pick<CheckedWriterAppend, 'external' | 'epoch' | 'sequence'>
  | Pick<CheckedExternalAppend, 'external' | 'operationId'>;

/** What names the batch. Both kinds at once is a mistake that could store it twice. */
function checkIdentity(given: Untyped, limits: Limits): Identity {
  if (!checkFlag(given['external'], 'external')) {
    if (given['operationId'] !== undefined) throw invalidField('operationId', 'goes with external: true only');
    return {
      external: false,
      epoch: checkBigInteger(given['epoch'], 'epoch'),
      sequence: checkBigInteger(given['sequence'], 'sequence'),
    };
  }
  for (const field of ['epoch', 'sequence']) {
    if (given[field] !== undefined) throw invalidField(field, 'does not go with external: true');
  }
  const operationId = checkText(given['operationId'], 'operationId', 'operationIdBytesMax', limits);
  if (operationId === '') throw invalidField('operationId', 'must not be empty');
  return { external: true, operationId };
}

function checkItems(given: unknown, limits: Limits): Pick<CheckedBatch, 'items' | 'bytes' | 'facts'> {
  if (!Array.isArray(given)) throw invalidField('items', 'must be an array of strings');
  if (given.length === 0) throw invalidField('items', 'must hold at least one item');
  if (given.length > limits.batchItemsMax) {
    throw limitExceeded({ field: 'items', limit: 'batchItemsMax', max: limits.batchItemsMax, got: given.length });
  }
  const items: string[] = [];
  let bytes = 0;
  // All sizes go first: what is too large is not parsed.
  for (const [index, item] of (given as unknown[]).entries()) {
    const field = `items[${index}]`;
    if (typeof item !== 'string') throw invalidField(field, 'must be a string of JSON text');
    const got = Buffer.byteLength(item);
    if (got > limits.itemBytesMax) {
      throw limitExceeded({ field, limit: 'itemBytesMax', max: limits.itemBytesMax, got });
    }
    bytes += got;
    items.push(item);
  }
  if (bytes > limits.appendBytesMax) {
    throw limitExceeded({ field: 'items', limit: 'appendBytesMax', max: limits.appendBytesMax, got: bytes });
  }
  const facts = items.map((item, index) => itemFacts(checkItem(item, `items[${index}]`, limits)));
  return { items, bytes, facts };
}
