import { ThreadStoreError, type StoredThread, type ThreadPage } from '@threadstore/core';
import type { Mutant } from './mutant.ts';

export const listMutants: readonly Mutant[] = [
  {
    mistake: 'lists archived threads with the others',
    chapters: ['listThreads: filters', 'archiveThread', 'the model'],
    mutate: (store) => ({
      listThreads: async (params, options) => {
        const page = await store.listThreads(params, options);
        if (params?.archived === true || page.nextCursor !== null) return page;
        const archived = await store.listThreads({ ...params, archived: true, cursor: null }, options);
        return { ...page, threads: [...page.threads, ...archived.threads] };
      },
    }),
  },
  {
    mistake: 'takes an empty list of directories for no filter',
    chapters: ['listThreads: filters'],
    mutate: (store) => ({
      listThreads: ({ cwdFilters, ...params } = {}, options) =>
        store.listThreads(
          { ...params, ...(cwdFilters?.length === 0 ? {} : { cwdFilters: cwdFilters ?? null }) },
          options,
        ),
    }),
  },
  {
    mistake: 'searches without regard to case',
    chapters: ['listThreads: filters'],
    mutate: (store) => ({
      listThreads: async ({ searchTerm, ...params } = {}, options) => {
        if (typeof searchTerm !== 'string')
          return store.listThreads({ ...params, searchTerm: searchTerm ?? null }, options);
        const { threads } = await store.listThreads({ ...params, pageSize: 100 }, options);
        const term = searchTerm.toLowerCase();
        const found = threads.filter((thread) => textOf(thread).toLowerCase().includes(term));
        return { threads: found, nextCursor: null };
      },
    }),
  },
  {
    mistake: 'takes a search term for a pattern',
    chapters: ['listThreads: filters'],
    mutate: (store) => ({
      listThreads: async ({ searchTerm, ...params } = {}, options) => {
        if (typeof searchTerm !== 'string')
          return store.listThreads({ ...params, searchTerm: searchTerm ?? null }, options);
        const { threads } = await store.listThreads({ ...params, pageSize: 100 }, options);
        const pattern = new RegExp(
          searchTerm
            .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
            .replaceAll('_', '.')
            .replaceAll('%', '.*'),
        );
        return { threads: threads.filter((thread) => pattern.test(textOf(thread))), nextCursor: null };
      },
    }),
  },
  {
    mistake: 'leaves out threads without a preview',
    chapters: ['listThreads: filters'],
    mutate: (store) => ({
      listThreads: async (params, options) =>
        keep(await store.listThreads(params, options), ({ preview }) => preview !== ''),
    }),
  },
  {
    mistake: 'goes on after the time of the last thread alone',
    chapters: ['listThreads: order', 'the model'],
    mutate: (store) => ({
      listThreads: async (params, options) => {
        const page = await store.listThreads(params, options);
        const last = page.threads.at(-1);
        return { ...page, nextCursor: page.nextCursor === null ? null : (last?.createdAt.toISOString() ?? null) };
      },
    }),
  },
  {
    mistake: 'pages by counting, not by place',
    chapters: ['listThreads: order'],
    mutate: (store) => {
      const offsets = new Map<string, number>();
      return {
        listThreads: async (params, options) => {
          const offset = offsets.get(params?.cursor ?? '');
          if (offset === undefined && typeof params?.cursor === 'string') return store.listThreads(params, options);
          const all = await store.listThreads({ ...params, cursor: null, pageSize: 200 }, options);
          const end = (offset ?? 0) + (params?.pageSize ?? 50);
          const cursor = `offset ${end}`;
          offsets.set(cursor, end);
          return { threads: all.threads.slice(offset ?? 0, end), nextCursor: end < all.threads.length ? cursor : null };
        },
      };
    },
  },
  {
    mistake: 'ignores a cursor that it does not know',
    chapters: ['listThreads: cursors'],
    mutate: (store) => ({
      listThreads: (params, options) =>
        store.listThreads(params, options).catch((error: unknown) => {
          if (!(error instanceof ThreadStoreError) || !error.reason.includes('CURSOR')) throw error;
          return store.listThreads({ ...params, cursor: null }, options);
        }),
    }),
  },
  {
    mistake: 'lists the direct children for all descendants',
    chapters: ['listThreads: relation', 'the model'],
    mutate: (store) => ({
      listThreads: (params, options) => {
        const relation = params?.relation;
        if (!relation || !('descendantsOf' in relation)) return store.listThreads(params, options);
        return store.listThreads({ ...params, relation: { directChildrenOf: relation.descendantsOf } }, options);
      },
    }),
  },
];

function keep(page: ThreadPage, test: (thread: StoredThread) => boolean): ThreadPage {
  return { ...page, threads: page.threads.filter(test) };
}

function textOf({ name, title, preview }: StoredThread): string {
  return [name ?? '', title ?? '', preview].join('\n');
}
