import assert from 'node:assert/strict';
import type { ListThreadsParams, SessionSource, ThreadId, ThreadMetadataPatch, ThreadStore } from '@threadstore/core';
import { chapter, check, checkWith } from '../chapter.ts';
import { refusedField, refusedInput, refusedLimit } from '../support/refusals.ts';
import {
  createArchivedThread,
  createDeletedThread,
  createIdleThread,
  createThread,
  createUnmaterialised,
} from '../support/threads.ts';
import { listAll, listIds } from '../support/walk.ts';

/** Makes one thread per patch; the ids in the order of the patches. */
async function threadsWith(store: ThreadStore, patches: readonly ThreadMetadataPatch[]): Promise<ThreadId[]> {
  const writers = await Promise.all(patches.map((metadata) => createThread(store, { metadata })));
  return writers.map((writer) => writer.threadId);
}

/** Asserts which of the threads, by their place in `ids`, a list shows. */
async function assertListed(
  store: ThreadStore,
  ids: readonly ThreadId[],
  params: ListThreadsParams,
  places: readonly number[],
): Promise<void> {
  const listed = await listIds(store, params);
  const found = listed.map((id) => ids.indexOf(id)).toSorted((a, b) => a - b);
  assert.deepEqual(found, places, `listed with ${JSON.stringify(params)}`);
}

const membership = [
  check('lists materialised threads, with or without items, preview or name', async ({ store, open }) => {
    const live = await createThread(store);
    const idle = await createIdleThread(store);
    await createUnmaterialised(store, { metadata: { preview: 'x', name: 'y' } });
    await createDeletedThread(store);
    const expected = [live.threadId, idle.threadId].toSorted();
    assert.deepEqual((await listIds(store)).toSorted(), expected);
    assert.deepEqual((await listIds(await open(), {})).toSorted(), expected);
  }),

  check('lists threads as readThread shows them, without their history', async ({ store }) => {
    const { threadId } = await createIdleThread(store, { metadata: { source: { a: [1] }, gitInfo: { branch: 'b' } } });
    const { threads, nextCursor } = await store.listThreads();
    assert.deepEqual(threads, [await store.readThread({ threadId })]);
    assert.equal(nextCursor, null);
  }),

  check('lists archived threads or the others, never both', async ({ store }) => {
    const active = await createIdleThread(store);
    const archived = await createArchivedThread(store);
    assert.deepEqual(await listIds(store), [active.threadId]);
    assert.deepEqual(await listIds(store, { archived: false }), [active.threadId]);
    assert.deepEqual(await listIds(store, { archived: true }), [archived.threadId]);
    const [thread] = await listAll(store, { archived: true });
    assert.ok(thread?.archivedAt instanceof Date);
    await store.unarchiveThread({ threadId: archived.threadId });
    assert.deepEqual(await listIds(store, { archived: true }), []);
    assert.equal((await listIds(store)).length, 2);
  }),

  check('gives an empty page of an empty store', async ({ store }) => {
    for (const params of [undefined, {}, { archived: true }, { pageSize: 1, sortDirection: 'asc' }] as const) {
      assert.deepEqual(await store.listThreads(params), { threads: [], nextCursor: null });
    }
  }),
];

const sources: readonly SessionSource[] = [
  'cli',
  'vscode',
  'my-own',
  { subagent: 'review' },
  { subagent: { thread_spawn: { parent: 'p', depth: 1 } } },
  { subagent: { thread_spawn: { depth: 1, parent: 'p' } } },
  { subagent: { thread_spawn: { parent: 'p', depth: 2 } } },
];

const filters = [
  check('filters by source, comparing whole values', async ({ store }) => {
    const ids = await threadsWith(store, [...sources.map((source) => ({ source })), {}]);
    const all = ids.map((_, place) => place);
    await assertListed(store, ids, { allowedSources: [] }, all);
    await assertListed(store, ids, { allowedSources: ['cli'] }, [0]);
    await assertListed(store, ids, { allowedSources: ['CLI', 'cl', 'cli '] }, []);
    await assertListed(store, ids, { allowedSources: ['my-own', 'vscode', 'vscode'] }, [1, 2]);
    await assertListed(store, ids, { allowedSources: [{ subagent: 'review' }] }, [3]);
    await assertListed(
      store,
      ids,
      { allowedSources: [{ subagent: { thread_spawn: { depth: 1, parent: 'p' } } }] },
      [4, 5],
    );
    await assertListed(store, ids, { allowedSources: [{ subagent: {} }, { subagent: { thread_spawn: {} } }, {}] }, []);
    await assertListed(store, ids, { allowedSources: ['unknown'] }, [7]);
  }),

  check('keeps a source that is a word from one that is an object', async ({ store }) => {
    const source = '{"subagent":"review"}';
    const made = await createThread(store, { metadata: { source } }).catch((error: unknown) => error);
    if (made instanceof Error) {
      await refusedInput(Promise.reject(made), 'metadata.source');
      return;
    }
    assert.equal((await listAll(store, { allowedSources: [source] }))[0]?.source, source);
    assert.deepEqual(await listIds(store, { allowedSources: [{ subagent: 'review' }] }), []);
  }),

  check('filters by model provider; absent, null and empty mean any', async ({ store }) => {
    const ids = await threadsWith(store, [{ modelProvider: 'a' }, { modelProvider: 'b' }, { modelProvider: 'A' }, {}]);
    for (const modelProviders of [null, []]) await assertListed(store, ids, { modelProviders }, [0, 1, 2, 3]);
    await assertListed(store, ids, { modelProviders: ['a'] }, [0]);
    await assertListed(store, ids, { modelProviders: ['b', 'a', 'b'] }, [0, 1]);
    await assertListed(store, ids, { modelProviders: ['c', '%', '_'] }, []);
    await assertListed(store, ids, { modelProviders: [''] }, [3]);
  }),

  check('filters by directory; absent and null mean any, empty means none', async ({ store }) => {
    const ids = await threadsWith(store, [{ cwd: '/a' }, { cwd: '/a/' }, { cwd: '/a/b' }, { cwd: 'C:\\x' }, {}]);
    await assertListed(store, ids, { cwdFilters: null }, [0, 1, 2, 3, 4]);
    await assertListed(store, ids, { cwdFilters: [] }, []);
    await assertListed(store, ids, { cwdFilters: ['/a'] }, [0]);
    await assertListed(store, ids, { cwdFilters: ['/a/b', 'C:\\x', '/A'] }, [2, 3]);
    await assertListed(store, ids, { cwdFilters: [''] }, [4]);
    assert.deepEqual(await store.listThreads({ cwdFilters: [] }), { threads: [], nextCursor: null });
  }),

  check('shows the threads that pass all filters at once', async ({ store }) => {
    const base = { cwd: '/w', modelProvider: 'p', source: 'cli', name: 'the name' };
    const ids = await threadsWith(store, [
      base,
      { ...base, cwd: '/other' },
      { ...base, modelProvider: 'other' },
      { ...base, source: 'other' },
      { ...base, name: 'no match' },
    ]);
    const params = { cwdFilters: ['/w'], modelProviders: ['p'], allowedSources: ['cli'], searchTerm: 'the' };
    await assertListed(store, ids, params, [0]);
    await assertListed(store, ids, { ...params, archived: true }, []);
    await assertListed(store, ids, { ...params, searchTerm: null }, [0, 4]);
  }),

  check('judges a thread by its metadata as they are now', async ({ store }) => {
    const [threadId = ''] = await threadsWith(store, [{ cwd: '/before', source: 'cli' }]);
    await store.updateThreadMetadata({ threadId, patch: { cwd: '/after', source: { a: 1 }, modelProvider: 'q' } });
    assert.deepEqual(await listIds(store, { cwdFilters: ['/before'] }), []);
    assert.deepEqual(await listIds(store, { allowedSources: ['cli'] }), []);
    const now = { cwdFilters: ['/after'], allowedSources: [{ a: 1 }], modelProviders: ['q'] };
    assert.deepEqual(await listIds(store, now), [threadId]);
  }),
];

const searches = [
  check('searches name, title and preview for a literal, case-sensitive part', async ({ store }) => {
    const ids = await threadsWith(store, [
      { name: 'Deploy the app' },
      { title: 'please deploy it' },
      { preview: 'redeployment' },
      { firstUserMessage: 'deploy', cwd: 'deploy', modelProvider: 'deploy' },
      { name: 'other' },
    ]);
    await assertListed(store, ids, { searchTerm: 'deploy' }, [1, 2]);
    await assertListed(store, ids, { searchTerm: 'Deploy' }, [0]);
    await assertListed(store, ids, { searchTerm: 'the app' }, [0]);
    for (const searchTerm of [null, '']) await assertListed(store, ids, { searchTerm }, [0, 1, 2, 3, 4]);
    await assertListed(store, ids, { searchTerm: 'appplease' }, []);
  }),

  check('takes no character of the term for a pattern', async ({ store }) => {
    const texts = [
      '100%',
      'a_b',
      'axb',
      'C:\\dir\\',
      '(a+)+$',
      'aaaa',
      '[x]',
      'ünï→😀',
      "it's",
      '"q"',
      '.*',
      'a\nb',
      ' ',
    ];
    const ids = await threadsWith(
      store,
      texts.map((preview) => ({ preview })),
    );
    for (const [searchTerm, places] of [
      ['%', [0]],
      ['0%', [0]],
      ['_', [1]],
      ['a_b', [1]],
      ['\\', [3]],
      ['dir\\', [3]],
      ['\\d', [3]],
      ['(a+)+$', [4]],
      ['.', [10]],
      ['^', []],
      ['[x]', [6]],
      ['→😀', [7]],
      ['Ü', []],
      ["'", [8]],
      ['"', [9]],
      ['.*', [10]],
      ['a\nb', [11]],
      [' ', [12]],
      ['%%%%', []],
      ['\\\\', []],
    ] as const) {
      await assertListed(store, ids, { searchTerm }, [...places]);
    }
  }),
];

const wrong = [
  check('refuses wrong filters by name', async ({ store }) => {
    const list = (params: object): Promise<unknown> => store.listThreads(params);
    await refusedField(list({ modelProviders: 'openai' }), 'modelProviders');
    await refusedInput(list({ modelProviders: ['a', 7] }), 'modelProviders[1]');
    await refusedField(list({ cwdFilters: '/a' }), 'cwdFilters');
    await refusedInput(list({ cwdFilters: [null] }), 'cwdFilters[0]');
    await refusedField(list({ allowedSources: 'cli' }), 'allowedSources');
    await refusedInput(list({ allowedSources: ['cli', 7] }), 'allowedSources[1]');
    await refusedField(list({ archived: 'yes' }), 'archived');
    await refusedInput(list({ searchTerm: 7 }), 'searchTerm');
  }),

  checkWith({ limits: { filterValuesMax: 3 } }, 'takes up to filterValuesMax values of a filter', async ({ store }) => {
    const values = ['a', 'b', 'c', 'd'];
    for (const field of ['modelProviders', 'cwdFilters', 'allowedSources'] as const) {
      await store.listThreads({ [field]: values.slice(0, 3) });
      await refusedLimit(store.listThreads({ [field]: values }), { field, limit: 'filterValuesMax', max: 3, got: 4 });
    }
  }),

  checkWith(
    { limits: { searchTermBytesMax: 6, metadataValueBytesMax: 50 } },
    'takes terms and values up to their limits',
    async ({ store }) => {
      await store.listThreads({ searchTerm: 'üüü' });
      const term = { field: 'searchTerm', limit: 'searchTermBytesMax', max: 6 };
      await refusedLimit(store.listThreads({ searchTerm: 'üüü.' }), { ...term, got: 7 });
      const long = 'x'.repeat(51);
      const value = { limit: 'metadataValueBytesMax', max: 50, got: 51 };
      await refusedLimit(store.listThreads({ modelProviders: ['a', long] }), { field: 'modelProviders[1]', ...value });
      await refusedLimit(store.listThreads({ cwdFilters: [long] }), { field: 'cwdFilters[0]', ...value });
      await refusedLimit(store.listThreads({ allowedSources: [long] }), { field: 'allowedSources[0]', ...value });
    },
  ),
];

export const listFiltersChapter = chapter('listThreads: filters', ...membership, ...filters, ...searches, ...wrong);
