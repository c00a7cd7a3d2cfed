import assert from 'node:assert/strict';
import type { ThreadMetadataPatch } from '@threadstore/core';
import { checkWith } from '../chapter.ts';
import { item } from '../support/items.ts';
import { refusedLimit } from '../support/refusals.ts';
import { createIdleThread, createThread, createUnmaterialised, itemsOf, newThreadId } from '../support/threads.ts';

const limits = { nameBytesMax: 10, metadataValueBytesMax: 40, holderBytesMax: 8 };

/** A value of exactly `bytes` bytes in each field that has a limit, structured ones counted as JSON. */
function patchOfBytes(bytes: number): ThreadMetadataPatch {
  const text = 'x'.repeat(bytes);
  const json = { k: 'x'.repeat(bytes - '{"k":""}'.length) };
  return {
    title: text,
    preview: text,
    firstUserMessage: text,
    modelProvider: text,
    model: text,
    reasoningEffort: text,
    cwd: text,
    cliVersion: text,
    source: json,
    threadSource: text,
    agentNickname: text,
    agentRole: text,
    agentPath: text,
    approvalMode: json,
    sandboxPolicy: json,
  };
}

/** The limits of metadata, wherever metadata is given. */
export const fieldLimits = [
  checkWith(
    { limits },
    'takes values of up to metadataValueBytesMax bytes, each field by itself',
    async ({ store }) => {
      const { threadId } = await createIdleThread(store);
      const max = limits.metadataValueBytesMax;
      const gitInfo = { commitHash: 'x'.repeat(max), branch: 'x'.repeat(max), repositoryUrl: 'x'.repeat(max) };
      const most = { ...patchOfBytes(max), gitInfo };
      const thread = await store.updateThreadMetadata({ threadId, patch: most });
      assert.deepEqual([thread.title, thread.source, thread.gitInfo], [most.title, most.source, most.gitInfo]);
      const limit = { limit: 'metadataValueBytesMax', max, got: max + 1 };
      for (const [field, value] of Object.entries(patchOfBytes(max + 1) as Record<string, unknown>)) {
        await refusedLimit(store.updateThreadMetadata({ threadId, patch: { [field]: value } }), {
          field: `patch.${field}`,
          ...limit,
        });
      }
      for (const member of ['commitHash', 'branch', 'repositoryUrl']) {
        const patch = { gitInfo: { [member]: 'x'.repeat(max + 1) } };
        await refusedLimit(store.updateThreadMetadata({ threadId, patch }), {
          field: `patch.gitInfo.${member}`,
          ...limit,
        });
      }
      assert.deepEqual(await store.readThread({ threadId }), thread);
    },
  ),

  checkWith({ limits }, 'takes names of up to nameBytesMax bytes of UTF-8', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    await store.updateThreadMetadata({ threadId, patch: { name: 'ünïcödé'.slice(0, 6) } });
    const call = store.updateThreadMetadata({ threadId, patch: { name: 'é'.repeat(6) } });
    await refusedLimit(call, { field: 'patch.name', limit: 'nameBytesMax', max: 10, got: 12 });
    assert.equal((await store.readThread({ threadId })).name, 'ünïcöd');
  }),

  checkWith({ limits }, 'has the same limits for what createThread and appendItems carry', async ({ store }) => {
    const threadId = newThreadId();
    const long = 'x'.repeat(41);
    const value = { limit: 'metadataValueBytesMax', max: 40, got: 41 };
    for (const field of ['sessionId', 'originator']) {
      await refusedLimit(store.createThread({ threadId, [field]: long }), { field, ...value });
    }
    await refusedLimit(store.createThread({ threadId, metadata: { cwd: long } }), { field: 'metadata.cwd', ...value });
    const writer = await createThread(store, { threadId, sessionId: 'x'.repeat(40) });
    const batch = { ...writer.ref, sequence: 0n, items: [item(0)] };
    const call = store.appendItems({ ...batch, metadata: { title: long } });
    await refusedLimit(call, { field: 'metadata.title', ...value });
    assert.deepEqual(await itemsOf(store, writer), []);
  }),

  checkWith({ limits }, 'takes holders of up to holderBytesMax bytes', async ({ store }) => {
    const limit = { field: 'holder', limit: 'holderBytesMax', max: 8, got: 9 };
    await refusedLimit(store.createThread({ threadId: newThreadId(), holder: 'x'.repeat(9) }), limit);
    const writer = await createUnmaterialised(store, { holder: 'x'.repeat(8) });
    await writer.append(item(0));
    const { threadId } = writer;
    await refusedLimit(store.resumeThread({ threadId, takeover: 'steal', holder: 'éééé.' }), limit);
    await writer.append(item(1));
  }),
];
