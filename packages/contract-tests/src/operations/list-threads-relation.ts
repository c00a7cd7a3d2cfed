import assert from 'node:assert/strict';
import type { ThreadId, ThreadStore } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { refusedField } from '../support/refusals.ts';
import {
  createArchivedThread,
  createThread,
  createUnmaterialised,
  newThreadId,
  orderedIds,
  steal,
} from '../support/threads.ts';
import { listIds } from '../support/walk.ts';

async function sortedIds(store: ThreadStore, params: Parameters<typeof listIds>[1]): Promise<ThreadId[]> {
  return (await listIds(store, params)).toSorted();
}

/** root -> (a -> (aa -> aaa), b), and a stranger. */
async function createFamily(
  store: ThreadStore,
): Promise<Record<'root' | 'a' | 'b' | 'aa' | 'aaa' | 'other', ThreadId>> {
  const [root = '', a = '', aa = '', aaa = '', b = '', other = ''] = orderedIds(6);
  const parents: readonly (readonly [ThreadId, ThreadId | null])[] = [
    [root, null],
    [a, root],
    [aa, a],
    [aaa, aa],
    [b, root],
    [other, newThreadId()],
  ];
  await Promise.all(
    parents.map(([threadId, parentThreadId]) =>
      createThread(store, { threadId, parentThreadId, metadata: { createdAt: new Date(0) } }),
    ),
  );
  return { root, a, b, aa, aaa, other };
}

export const listRelationChapter = chapter(
  'listThreads: relation',
  check('lists the direct children of a thread', async ({ store }) => {
    const { root, a, b, aa, aaa } = await createFamily(store);
    assert.deepEqual(await sortedIds(store, { relation: { directChildrenOf: root } }), [a, b]);
    assert.deepEqual(await sortedIds(store, { relation: { directChildrenOf: a.toUpperCase() } }), [aa]);
    assert.deepEqual(await sortedIds(store, { relation: { directChildrenOf: aaa } }), []);
    assert.equal((await listIds(store, { relation: null })).length, 6);
  }),

  check('lists all descendants of a thread, not the thread itself', async ({ store }) => {
    const { root, a, aa, aaa, b } = await createFamily(store);
    assert.deepEqual(await sortedIds(store, { relation: { descendantsOf: root } }), [a, aa, aaa, b]);
    assert.deepEqual(await sortedIds(store, { relation: { descendantsOf: a.toUpperCase() } }), [aa, aaa]);
    assert.deepEqual(await sortedIds(store, { relation: { descendantsOf: aaa } }), []);
  }),

  check('pages and sorts descendants like any other list', async ({ store }) => {
    const { root, a, aa, aaa, b } = await createFamily(store);
    const relation = { descendantsOf: root };
    for (const pageSize of [1, 3]) {
      assert.deepEqual(await listIds(store, { relation, pageSize, sortDirection: 'asc' }), [a, aa, aaa, b]);
      assert.deepEqual(await listIds(store, { relation, pageSize }), [b, aaa, aa, a]);
    }
  }),

  check('lists nothing below a thread that nobody knows', async ({ store }) => {
    await createFamily(store);
    assert.deepEqual(await listIds(store, { relation: { directChildrenOf: newThreadId() } }), []);
    assert.deepEqual(await listIds(store, { relation: { descendantsOf: newThreadId() } }), []);
  }),

  check('finds children whose parent is not stored', async ({ store }) => {
    const parent = newThreadId();
    const child = await createThread(store, { parentThreadId: parent });
    const grandchild = await createThread(store, { parentThreadId: child.threadId });
    assert.deepEqual(await listIds(store, { relation: { directChildrenOf: parent } }), [child.threadId]);
    const both = [child.threadId, grandchild.threadId].toSorted();
    assert.deepEqual(await sortedIds(store, { relation: { descendantsOf: parent } }), both);
  }),

  check('reaches below threads that the list itself does not show', async ({ store }) => {
    const root = newThreadId();
    const archived = await createArchivedThread(store, { parentThreadId: root });
    const filtered = await createThread(store, { parentThreadId: archived.threadId, metadata: { cwd: '/other' } });
    const leaf = await createThread(store, { parentThreadId: filtered.threadId, metadata: { cwd: '/a' } });
    const relation = { descendantsOf: root };
    assert.deepEqual(await listIds(store, { relation, cwdFilters: ['/a'] }), [leaf.threadId]);
    assert.deepEqual(await listIds(store, { relation, archived: true }), [archived.threadId]);
  }),

  check('shows no unmaterialised child', async ({ store }) => {
    const root = newThreadId();
    await createUnmaterialised(store, { parentThreadId: root });
    assert.deepEqual(await listIds(store, { relation: { directChildrenOf: root } }), []);
    assert.deepEqual(await listIds(store, { relation: { descendantsOf: root } }), []);
  }),

  check('ends a family at a member that is not materialised, until it is', async ({ store }) => {
    const root = newThreadId();
    const middle = await createUnmaterialised(store, { parentThreadId: root });
    const leaf = await createThread(store, { parentThreadId: middle.threadId });
    const relation = { descendantsOf: root };
    assert.deepEqual(await listIds(store, { relation }), []);
    await middle.persist();
    assert.deepEqual(await sortedIds(store, { relation }), [middle.threadId, leaf.threadId].toSorted());
  }),

  check('comes to an end when threads are each other’s parents', async ({ store }) => {
    const [x = '', y = '', z = ''] = orderedIds(3);
    for (const [threadId, parentThreadId] of [
      [x, z],
      [y, x],
      [z, y],
    ] as const) {
      await createThread(store, { threadId, parentThreadId });
    }
    assert.deepEqual(await sortedIds(store, { relation: { descendantsOf: x } }), [y, z]);
    assert.deepEqual(await sortedIds(store, { relation: { directChildrenOf: x } }), [y]);
    const own = newThreadId();
    await createThread(store, { threadId: own, parentThreadId: own });
    assert.deepEqual(await listIds(store, { relation: { directChildrenOf: own } }), []);
    assert.deepEqual(await listIds(store, { relation: { descendantsOf: own } }), []);
  }),

  check('lists the threads that were forked from a thread, not those forked from these', async ({ store }) => {
    const source = newThreadId();
    const forks = orderedIds(3);
    for (const threadId of forks) {
      await createThread(store, { threadId, forkedFromId: source, metadata: { createdAt: new Date(0) } });
    }
    const [first = '', second = '', third = ''] = forks;
    const grandchild = await createThread(store, { forkedFromId: first });
    await createThread(store, { parentThreadId: source });
    await createUnmaterialised(store, { forkedFromId: source });
    await store.archiveThread((await steal(store, { threadId: third })).ref);
    const relation = { forksOf: source };
    for (const pageSize of [1, 50]) {
      assert.deepEqual(await listIds(store, { relation, pageSize, sortDirection: 'asc' }), [first, second]);
    }
    assert.deepEqual(await listIds(store, { relation, archived: true }), [third]);
    assert.deepEqual(await listIds(store, { relation: { forksOf: first.toUpperCase() } }), [grandchild.threadId]);
    assert.deepEqual(await listIds(store, { relation: { forksOf: second } }), []);
    assert.deepEqual(await listIds(store, { relation: { directChildrenOf: first } }), []);
    await createThread(store, { threadId: source, forkedFromId: source });
    assert.deepEqual(
      await listIds(store, { relation, sortDirection: 'asc' }),
      [first, second],
      'it is no fork of itself',
    );
  }),

  check('refuses a relation of a wrong form by name', async ({ store }) => {
    const list = (relation: unknown): Promise<unknown> => store.listThreads({ relation } as object);
    await refusedField(list({ directChildrenOf: 'x' }), 'relation.directChildrenOf');
    await refusedField(list({ forksOf: 'x' }), 'relation.forksOf');
    await refusedField(list({ descendantsOf: '00000000-0000-0000-0000-000000000000' }), 'relation.descendantsOf');
    for (const relation of [
      'x',
      {},
      { childrenOf: newThreadId() },
      { directChildrenOf: newThreadId(), descendantsOf: newThreadId() },
      { directChildrenOf: newThreadId(), forksOf: newThreadId() },
    ]) {
      await refusedField(list(relation), 'relation');
    }
  }),
);
