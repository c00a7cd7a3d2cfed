import { type Actor, nextSecond } from './actor.ts';
import type { Cast } from './conversation.ts';

/** Filters beside `archived`, by what they are. Most ask for every provider, so that one filter at a time is at work. */
function filters(actor: Actor): Readonly<Record<string, object>> {
  const { garden, orchard, folder } = actor.home;
  const any = { modelProviders: [] };
  return {
    'no filter': {},
    'every provider': any,
    'one provider': { modelProviders: ['other'] },
    'two providers': { modelProviders: ['other', 'scripted'] },
    'a provider that is none': { modelProviders: ['nobody'] },
    'no source': { ...any, sourceKinds: [] },
    'source vscode': { ...any, sourceKinds: ['vscode'] },
    'source exec': { ...any, sourceKinds: ['exec'] },
    'sources cli and exec': { ...any, sourceKinds: ['cli', 'exec'] },
    'sources vscode and exec': { ...any, sourceKinds: ['vscode', 'exec'] },
    'source app-server': { ...any, sourceKinds: ['appServer'] },
    'source sub-agent': { ...any, sourceKinds: ['subAgent'] },
    'source unknown': { ...any, sourceKinds: ['unknown'] },
    'one folder': { ...any, cwd: garden },
    'another folder': { ...any, cwd: orchard },
    'two folders': { ...any, cwd: [garden, orchard] },
    'no folder': { ...any, cwd: [] },
    'a folder above': { ...any, cwd: folder },
    'term in a preview': { ...any, searchTerm: 'hello' },
    'term in a name': { ...any, searchTerm: 'named' },
    'term in other letters': { ...any, searchTerm: 'HELLO' },
    'term that is nowhere': { ...any, searchTerm: 'nothing like it' },
    'term of an answer': { ...any, searchTerm: 'answer' },
    'everything at once': { modelProviders: ['scripted'], sourceKinds: ['vscode'], cwd: garden, searchTerm: 'named' },
    'the index only': { ...any, useStateDbOnly: true },
    'not archived': { ...any, archived: false },
    archived: { ...any, archived: true },
  };
}

const orders = ['created_at', 'updated_at'].flatMap((sortKey) =>
  ['asc', 'desc'].map((sortDirection) => ({ sortKey, sortDirection })),
);

async function listEverything(actor: Actor, when: string): Promise<void> {
  for (const [name, params] of Object.entries(filters(actor)))
    await actor.call(`list ${when}: ${name}`, 'thread/list', params);
  for (const order of orders) {
    for (const limit of [1, 2]) {
      const step = `list ${when} by ${order.sortKey} ${order.sortDirection}, ${limit} a page`;
      await actor.pages(step, 'thread/list', { modelProviders: [], ...order, limit });
    }
    await backwards(actor, `list ${when} by ${order.sortKey} ${order.sortDirection}`, order);
  }
  await actor.pages(`list ${when} of sources in pages`, 'thread/list', {
    modelProviders: [],
    sourceKinds: ['exec', 'vscode'],
    limit: 2,
  });
}

/** Reads the second page, and from there back to the first. */
async function backwards(actor: Actor, step: string, order: (typeof orders)[number]): Promise<void> {
  const params = { modelProviders: [], ...order, limit: 2 };
  const first = (await actor.call(`${step}: first page`, 'thread/list', params)) as Record<string, unknown>;
  const cursor = first['nextCursor'];
  const second = (await actor.call(`${step}: second page`, 'thread/list', { ...params, cursor })) as typeof first;
  const sortDirection = order.sortDirection === 'asc' ? 'desc' : 'asc';
  await actor.call(`${step}: back from the second page`, 'thread/list', {
    ...params,
    sortDirection,
    cursor: second['backwardsCursor'],
  });
}

export async function list(actor: Actor, { beans }: Cast): Promise<void> {
  await listEverything(actor, 'before');
  await actor.call('list after a cursor that is none', 'thread/list', { cursor: 'none' });
  await actor.call('list of more than a page may hold', 'thread/list', { limit: 100_000 });
  await actor.call('list of nothing', 'thread/list', { limit: 0 });
  await nextSecond();
  await actor.turn('a turn that makes beans the newest', beans, 'newest');
  await actor.call('list by updated_at after a turn', 'thread/list', { modelProviders: [], sortKey: 'updated_at' });
}

export async function listsAfterwards(actor: Actor, { plums }: Cast): Promise<void> {
  await listEverything(actor, 'afterwards');
  await nextSecond();
  await actor.on('name that may make plums the newest', plums, 'thread/name/set', { name: 'plums, named last' });
  await actor.call('list by updated_at after a name', 'thread/list', { modelProviders: [], sortKey: 'updated_at' });
}
