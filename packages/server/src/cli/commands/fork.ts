import { randomUUID } from 'node:crypto';
import type { ForkPoint } from '@threadstore/core';
import { usageError } from '../cli-error.ts';
import { command } from '../command.ts';
import { forkSettings } from '../settings/fork-settings.ts';
import type { ResolvedSettings } from '../settings/setting.ts';
import { clientSettings } from '../settings/settings.ts';
import { writeWhenReady } from '../terminal.ts';
import { withRemoteStore } from './remote.ts';

export const forkCommand = command({
  name: 'fork',
  summary: 'copy a thread, or its beginning, to a new one',
  description:
    'Makes a new thread with the items of another, up to a point or all of them, and prints its id. The items are copied within the ' +
    'service. The other thread is not changed, and who writes to it is not disturbed.',
  args: [{ name: '<thread-id>', help: 'id of the thread to copy' }],
  examples: [
    { line: 'threadstore fork 01890a5d-ac96-774b-bcce-b302099a8057', does: 'all of it' },
    {
      line: 'threadstore fork --before-user-message 2 01890a5d-ac96-774b-bcce-b302099a8057',
      does: 'up to where the user spoke the third time',
    },
  ],
  settings: { ...clientSettings, ...forkSettings },
  run: async ({ settings: given, args, terminal }) => {
    const at = point(given);
    await withRemoteStore(given, async (store) => {
      const grant = await store.forkThread({
        threadId: given.newId.value ?? randomUUID(),
        sourceThreadId: args[0] ?? '',
        includeArchived: given.includeArchived.value,
        ...(at === null ? {} : { at }),
      });
      // It is there from now on, also if what follows fails.
      await writeWhenReady(terminal.stdout, `${grant.threadId}\n`);
      await store.shutdownThread(grant);
    });
    return 0;
  },
});

function point(given: ResolvedSettings<typeof forkSettings>): ForkPoint | null {
  const { beforeOrdinal, beforeTurn, throughTurn, beforeUserMessage } = given;
  const [first, second] = [beforeOrdinal, beforeTurn, throughTurn, beforeUserMessage].filter(
    ({ value }) => value !== null,
  );
  if (first !== undefined && second !== undefined) throw usageError(`${second.name}: not together with ${first.name}`);
  if (beforeOrdinal.value !== null) return { beforeOrdinal: BigInt(beforeOrdinal.value) };
  if (beforeTurn.value !== null) return { beforeTurn: beforeTurn.value };
  if (throughTurn.value !== null) return { throughTurn: throughTurn.value };
  return beforeUserMessage.value === null ? null : { beforeUserMessage: beforeUserMessage.value };
}
