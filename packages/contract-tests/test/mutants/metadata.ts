import { ThreadStoreError } from '@threadstore/core';
import type { Mutant } from './mutant.ts';

export const metadataMutants: readonly Mutant[] = [
  {
    mistake: 'lets a title change the name',
    chapters: ['updateThreadMetadata', 'the model'],
    mutate: (store) => ({
      updateThreadMetadata: ({ patch, ...params }, options) =>
        store.updateThreadMetadata(
          { ...params, patch: 'title' in patch ? { ...patch, name: patch.title ?? null } : patch },
          options,
        ),
    }),
  },
  {
    mistake: 'touches updatedAt with every patch',
    chapters: ['updateThreadMetadata'],
    mutate: (store) => ({
      updateThreadMetadata: ({ patch, ...params }, options) =>
        store.updateThreadMetadata({ ...params, patch: { updatedAt: new Date(), ...patch } }, options),
    }),
  },
  {
    mistake: 'replaces git information as a whole',
    chapters: ['updateThreadMetadata', 'two clients'],
    mutate: (store) => ({
      updateThreadMetadata: ({ patch, ...params }, options) => {
        const { gitInfo } = patch;
        const whole = gitInfo && { commitHash: null, branch: null, repositoryUrl: null, ...gitInfo };
        return store.updateThreadMetadata(
          { ...params, patch: { ...patch, ...(whole && { gitInfo: whole }) } },
          options,
        );
      },
    }),
  },
  {
    mistake: 'patches by reading, changing and writing back',
    chapters: ['updateThreadMetadata', 'two clients'],
    mutate: (store) => ({
      updateThreadMetadata: async ({ patch, ...params }, options) => {
        const { name, title, preview, cwd, model } = await store.readThread(params, options);
        await new Promise(setImmediate);
        return store.updateThreadMetadata(
          { ...params, patch: { name, title, preview, cwd, model, ...patch } },
          options,
        );
      },
    }),
  },
  {
    mistake: 'takes unknown fields of a patch silently',
    chapters: ['updateThreadMetadata'],
    mutate: (store) => ({
      updateThreadMetadata: (params, options) =>
        store.updateThreadMetadata(params, options).catch((error: unknown) => {
          if (!(error instanceof ThreadStoreError) || error.details.field !== 'patch.colour') throw error;
          return store.readThread({ threadId: params.threadId });
        }),
    }),
  },
];
