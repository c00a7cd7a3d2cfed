import type { ForkPoint } from '../fork.ts';
import type { ItemBatch } from '../history.ts';
import { TurnReading } from '../session-log/turn-reading.ts';
import { itemFacts, itemThatMatters } from '../turn-index/item-facts.ts';
import { MessageCut } from './message-cut.ts';
import { turnCut, turnIdOf, type TurnPoint } from './turn-cut.ts';
import { isUserMessage } from './user-message.ts';

export interface ForkPart {
  /** The first ordinal that the fork does not get. */
  readonly cut: bigint;
  readonly hasUserMessage: boolean;
}

/** Finds a fork point by reading the source, all of its items from the first on; `end` is their number. */
export async function readForkPart(at: ForkPoint, history: AsyncIterable<ItemBatch>, end: bigint): Promise<ForkPart> {
  const finder = finderOf(at);
  let next = 0n;
  let firstUserMessage: bigint | null = null;
  for await (const { items } of history) {
    // An ordinal needs no more than that: what is behind it, and where the first message is.
    if ('beforeOrdinal' in at && (firstUserMessage !== null || next >= at.beforeOrdinal)) break;
    for (const text of items) {
      finder.take(text);
      if (firstUserMessage === null && isUserMessage(text)) firstUserMessage = next;
      next += 1n;
    }
  }
  const cut = finder.cut(end);
  return { cut, hasUserMessage: firstUserMessage !== null && firstUserMessage < cut };
}

interface Finder {
  readonly take: (text: string) => void;
  readonly cut: (end: bigint) => bigint;
}

function finderOf(at: ForkPoint): Finder {
  if ('beforeOrdinal' in at) {
    return { take: () => {}, cut: (end) => (at.beforeOrdinal < end ? at.beforeOrdinal : end) };
  }
  if ('beforeUserMessage' in at) {
    const reading = new MessageCut();
    return { take: (text) => reading.take(text), cut: (end) => reading.cutBefore(at.beforeUserMessage) ?? end };
  }
  return turnFinder(at);
}

function turnFinder(at: TurnPoint): Finder {
  const reading = new TurnReading();
  const turnId = turnIdOf(at);
  let next = 0n;
  return {
    take: (text) => {
      const item = itemThatMatters(text);
      if (item !== null) reading.take(next, item, itemFacts(item)?.event ?? null);
      next += 1n;
    },
    cut: (end) =>
      turnCut(
        at,
        reading.turns.findLast((turn) => turn.turnId === turnId),
        end,
      ),
  };
}
