import type { CheckedFork } from '../checks/fork.ts';
import type { ForkPoint } from '../fork.ts';
import { inheritedMetadata } from '../forking/inherited-metadata.ts';
import { MessageCut } from '../forking/message-cut.ts';
import { turnCut, turnIdOf } from '../forking/turn-cut.ts';
import { isUserMessage } from '../forking/user-message.ts';
import type { WriterGrant } from '../writer.ts';
import { create } from './grants.ts';
import type { MemoryContext } from './memory-context.ts';
import { readableRow, type ThreadRow } from './thread-row.ts';

export function fork(context: MemoryContext, { source, at, create: params }: CheckedFork): WriterGrant {
  const row = readableRow(context.threads, source.threadId, source.includeArchived);
  const items = row.items.slice(0, at === null ? undefined : Number(cutOf(row, at)));
  const part = { isAll: items.length === row.items.length, hasUserMessage: items.some(isUserMessage) };
  return create(context, params, { metadata: inheritedMetadata(row.metadata, part), items, materialised: true });
}

/** The first ordinal that the fork does not get. */
function cutOf({ items, index }: ThreadRow, at: ForkPoint): bigint {
  const end = BigInt(items.length);
  if ('beforeOrdinal' in at) return at.beforeOrdinal < end ? at.beforeOrdinal : end;
  if ('beforeUserMessage' in at) {
    const reading = new MessageCut();
    for (const item of items) reading.take(item);
    return reading.cutBefore(at.beforeUserMessage) ?? end;
  }
  return turnCut(at, index.find(turnIdOf(at)), end);
}
