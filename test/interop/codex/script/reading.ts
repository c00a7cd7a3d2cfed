import type { Actor } from './actor.ts';
import type { Cast } from './conversation.ts';

const nobody = '0191a000-0000-7000-8000-000000000001';

/** Every thread of the cast, with and without turns, and the turns by pages. */
export async function read(actor: Actor, cast: Cast): Promise<void> {
  for (const thread of Object.values(cast)) {
    await actor.on(`read ${thread.name}`, thread, 'thread/read', { includeTurns: false });
    await actor.on(`read ${thread.name} with turns`, thread, 'thread/read', { includeTurns: true });
  }
  for (const sortDirection of ['asc', 'desc'] as const) {
    const params = { threadId: cast.beans.id, sortDirection, limit: 2 };
    await actor.pages(`turns of beans ${sortDirection}`, 'thread/turns/list', params);
  }
  await actor.on('turns of plums', cast.plums, 'thread/turns/list');
  await actor.on('turns of seed', cast.seed, 'thread/turns/list');
  await turnsBackwards(actor, cast);
  await actor.call('loaded threads', 'thread/loaded/list', {});
}

/** Goes on from a page the other way. */
async function turnsBackwards(actor: Actor, { beans }: Cast): Promise<void> {
  const page = await actor.on('first page of turns', beans, 'thread/turns/list', { limit: 2, sortDirection: 'asc' });
  const { nextCursor, backwardsCursor } = (page ?? {}) as Record<string, unknown>;
  await actor.on('back from the first page of turns', beans, 'thread/turns/list', {
    cursor: backwardsCursor,
    sortDirection: 'desc',
  });
  await actor.on('back from the end of the first page of turns', beans, 'thread/turns/list', {
    cursor: nextCursor,
    sortDirection: 'desc',
  });
  await actor.on('turns after a cursor that is none', beans, 'thread/turns/list', { cursor: 'none' });
}

/** What a server that has not loaded a thread reads of it. */
export async function readCold(actor: Actor, cast: Cast): Promise<void> {
  for (const thread of Object.values(cast)) {
    await actor.on(`cold: read ${thread.name}`, thread, 'thread/read', { includeTurns: true });
    await actor.on(`cold: turns of ${thread.name}`, thread, 'thread/turns/list', { sortDirection: 'asc' });
  }
  await actor.call('cold: loaded threads', 'thread/loaded/list', {});
  await actor.on('cold: turn in a thread that is not loaded', cast.beans, 'turn/start', {
    input: [{ type: 'text', text: 'anybody?', text_elements: [] }],
  });
}

/** Every call for a thread that nobody made. */
export async function askForNothing(actor: Actor): Promise<void> {
  const calls: readonly (readonly [method: string, params?: object])[] = [
    ['thread/read', { includeTurns: true }],
    ['thread/turns/list'],
    ['thread/fork'],
    ['thread/archive'],
    ['thread/unarchive'],
    ['thread/name/set', { name: 'nobody' }],
    ['thread/metadata/update', { gitInfo: { branch: 'main' } }],
    ['thread/memoryMode/set', { mode: 'disabled' }],
    ['thread/rollback', { numTurns: 1 }],
    ['thread/resume'],
  ];
  for (const [method, params] of calls)
    await actor.call(`nobody: ${method}`, method, { threadId: nobody, persistExtendedHistory: false, ...params });
  await actor.call('nobody: summary', 'getConversationSummary', { conversationId: nobody });
}

export async function resume(actor: Actor, { beans, plums, exec }: Cast): Promise<void> {
  await actor.on('summary', plums, 'getConversationSummary', { conversationId: plums.id });
  for (const thread of [beans, exec]) {
    const answer = await actor.on(`resume ${thread.name}`, thread, 'thread/resume', { persistExtendedHistory: false });
    await actor.on(`read ${thread.name} after its resume`, thread, 'thread/read', { includeTurns: true });
    // A server whose resume failed tells nobody of the turns of that thread.
    const resumed = { name: `resumed ${thread.name}`, id: answer === undefined ? undefined : thread.id };
    await actor.turn(`a turn in resumed ${thread.name}`, resumed, 'grown?');
    await actor.on(`read resumed ${thread.name} after that turn`, resumed, 'thread/read', { includeTurns: true });
  }
  if (exec.id !== undefined) await actor.exec('exec again', 'resume', exec.id, 'and again');
  await actor.on('read exec after exec went on', exec, 'thread/read', { includeTurns: true });
}
