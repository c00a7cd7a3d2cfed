import { prompts } from '../support/scripted-model.ts';
import type { Transcript } from '../support/transcript.ts';
import { Actor, nextSecond, type ScriptThread } from './actor.ts';
import type { Stage } from './script.ts';

/**
 * What can be played with a Codex whose turns do not end: 0.125 cancels its own last step when its store lets it wait. Threads with
 * one turn each, and another app-server that finds them.
 */
export async function playShortScript({ home, model, crashStore }: Stage, turnsEnd: boolean): Promise<Transcript> {
  const actor = new Actor(home, model);
  const threads: ScriptThread[] = [];
  await actor.serving('first', async () => {
    for (const [name, cwd] of [
      ['beans', home.garden],
      ['plums', home.orchard],
    ] as const) {
      const thread = await actor.startThread(name, { cwd });
      await actor.turnSaid(`turn of ${name}`, thread, `${prompts.run}echo ${name}`, turnsEnd);
      threads.push(thread);
      await nextSecond();
    }
    await actor.on('read beans while they are loaded', nth(threads, 0), 'thread/read', { includeTurns: true });
  });
  await crashStore();
  await actor.serving('second', async () => {
    const [beans, plums] = [nth(threads, 0), nth(threads, 1)];
    await actor.on('read beans', beans, 'thread/read', { includeTurns: true });
    await actor.call('list', 'thread/list', {});
    await actor.pages('list in pages', 'thread/list', { limit: 1 });
    await actor.call('list of a folder', 'thread/list', { cwd: home.orchard });
    await actor.call('list by updated_at', 'thread/list', { sortKey: 'updated_at', sortDirection: 'asc' });
    await actor.on('archive plums', plums, 'thread/archive');
    await actor.call('list of the archive', 'thread/list', { archived: true });
    await actor.on('unarchive plums', plums, 'thread/unarchive');
    await actor.call('list after the return', 'thread/list', {});
    await actor.on('fork beans', beans, 'thread/fork', { persistExtendedHistory: false });
    await actor.on('resume beans', beans, 'thread/resume', { persistExtendedHistory: false });
  });
  return actor.transcript();
}

function nth(threads: readonly ScriptThread[], index: number): ScriptThread {
  const thread = threads[index];
  if (thread === undefined) throw new Error(`script: there is no thread ${index}`);
  return thread;
}
