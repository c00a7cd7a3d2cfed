import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { CodexThreadStore } from '@threadstore/codex';
import { newThreadId, ThreadStoreError, type ThreadStoreErrorInit } from '@threadstore/core';
import { connectPostgres, PostgresThreadStore, type Database } from '@threadstore/postgres';
import { ThreadStoreService } from '@threadstore/protocol';
import {
  createScratchDatabase,
  frame,
  migrated,
  RawClient,
  type ScratchDatabase,
  truncateAll,
} from '@threadstore/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCodexServer } from '../src/codex-server.ts';
import { CodexClient } from './codex/codex-client.ts';
import { canary, fieldCases, honestRequest, type KnownIds } from './support/field-cases.ts';
import { errorsOf, faultsOf } from './support/judged-answer.ts';
import { served, type Served } from './support/served.ts';

let scratch: ScratchDatabase;
let database: Database;
let store: PostgresThreadStore;
let native: Served;
let codex: Served;
let deleted: string;

beforeAll(async () => {
  scratch = await createScratchDatabase(migrated);
  database = connectPostgres({ connectionString: scratch.url });
  store = new PostgresThreadStore({ database });
  native = await served({ store });
  codex = await served({ store, create: createCodexServer });
});

afterAll(async () => {
  await codex.drain();
  await native[Symbol.asyncDispose]();
  await database.close();
  await scratch.drop();
});

/** A thread with an item, whose first writer has it. */
async function liveThread(): Promise<string> {
  const threadId = newThreadId();
  const { epoch } = await store.createThread({ threadId });
  await store.appendItems({ threadId, epoch, sequence: 0n, items: ['{"type":"first"}'] });
  return threadId;
}

/** The same, of a Codex. */
async function codexThread(): Promise<string> {
  const threadId = newThreadId();
  const client = new CodexClient(codex.endpoint);
  await client.create(threadId);
  await client.append(threadId, '{"type":"event_msg","payload":{"type":"user_message","message":"hello"}}');
  return threadId;
}

interface Side {
  readonly service: DescService;
  readonly server: () => Served;
  readonly newThread: () => Promise<string>;
  /** Its errors name the field. Codex has words of its own for some. */
  readonly namesFields: boolean;
  /** Cases, at least: else the descriptors are not gone through. */
  readonly least: number;
}

/** Calls at once. */
const lanes = 8;

/** Makes the call with each bad value of each field, and tells what was wrong with the answers. */
async function tryAll({ service, server, newThread, namesFields }: Side, method: DescMethod): Promise<string[]> {
  using client = new RawClient(server().endpoint);
  const path = `/${service.typeName}/${method.name}`;
  const live = await newThread();
  const call = async (bytes: Uint8Array): Promise<readonly ThreadStoreError[]> =>
    errorsOf(method, await client.call(path, frame(bytes), { 'grpc-timeout': '20S' }));
  const known: KnownIds = { own: live, live, deleted, absent: newThreadId() };
  const first = await call(honestRequest(method, known));
  const makesThreads = first.some(({ reason }) => reason === 'THREAD_EXISTS');
  const nextIds = async (): Promise<KnownIds> => ({ ...known, own: makesThreads ? newThreadId() : await newThread() });
  const wrong: string[] = [];
  const cases = fieldCases(method).values();
  const lane = async (): Promise<void> => {
    let ids = await nextIds();
    for (const { field, value, bytes } of cases) {
      const errors = await call(bytes(ids));
      wrong.push(
        ...errors.flatMap((error) => faultsOf(error, namesFields)).map((fault) => `${field}, ${value}: ${fault}`),
      );
      // Who was let in may have changed the thread.
      if (errors.length === 0) ids = await nextIds();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return wrong;
}

const sides: readonly (Side & { readonly name: string })[] = [
  {
    name: 'the native service',
    service: ThreadStoreService,
    server: () => native,
    newThread: liveThread,
    namesFields: true,
    least: 2_000,
  },
  {
    name: 'the service for Codex',
    service: CodexThreadStore,
    server: () => codex,
    newThread: codexThread,
    namesFields: false,
    least: 500,
  },
];

test('what is tried is everything, and what is wrong with an answer is seen', () => {
  for (const { service, least } of sides) {
    const cases = service.methods.flatMap((method) => fieldCases(method));
    expect(cases.length).toBeGreaterThan(least);
    expect(new Set(cases.map(({ value }) => value)).size).toBeGreaterThan(25);
  }
  const error = (init: Partial<ThreadStoreErrorInit>): ThreadStoreError =>
    new ThreadStoreError({
      reason: 'INVALID_FIELD',
      message: 'name: x',
      details: { field: 'name' },
      remote: true,
      ...init,
    });
  expect(faultsOf(error({}))).toEqual([]);
  const wrong: readonly Partial<ThreadStoreErrorInit>[] = [
    { reason: 'INTERNAL' },
    { reason: 'DATA_CORRUPTED' },
    { remote: false },
    { effect: 'unknown' },
    { message: 'name: two\nlines' },
    { message: `name: ${'x'.repeat(200)}` },
    { message: 'name: \u00e9' },
    { message: `name: ${canary}` },
    { message: 'no field' },
  ];
  for (const init of wrong) expect(faultsOf(error(init))).toHaveLength(1);
});

describe.each(sides)('bad values in every field of every request of $name', (side) => {
  beforeAll(async () => {
    await truncateAll(scratch.url, { keep: ['migrations'] });
    deleted = await liveThread();
    await store.deleteThread({ threadId: deleted });
  });

  test.each(side.service.methods.map((method) => ({ name: method.name, method })))('$name', async ({ method }) => {
    expect(await tryAll(side, method)).toEqual([]);
    expect(JSON.stringify(side.server().logged)).not.toContain(canary);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
