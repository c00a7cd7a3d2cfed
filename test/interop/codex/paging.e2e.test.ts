import { describe, expect, test } from 'vitest';
import { backends } from '../../e2e/support/backends.ts';
import { AppServer, type CallOutcome } from './support/app-server.ts';
import { CodexHome } from './support/codex-home.ts';
import { installedCodex } from './support/installed-codex.ts';
import { ScriptedModel } from './support/scripted-model.ts';
import { ServedStore } from './support/served-store.ts';

interface Listed {
  readonly id: string;
  readonly createdAt: number;
}

const threadsMax = 40;

function resultOf(outcome: CallOutcome): unknown {
  if ('error' in outcome) throw new Error(outcome.error.message);
  return outcome.result;
}

/** A thread without a turn, which is in no list. */
async function startThread(server: AppServer, cwd: string): Promise<Listed> {
  const start = { cwd, experimentalRawEvents: false, persistExtendedHistory: false };
  const { thread } = resultOf(await server.call('thread/start', start)) as { thread: Listed };
  return thread;
}

async function takeTurn(server: AppServer, { id }: Listed): Promise<void> {
  const input = [{ type: 'text', text: 'hello', text_elements: [] }];
  resultOf(await server.call('turn/start', { threadId: id, input }));
  await server.told(
    'the end of a turn',
    ({ method, params }) => (method === 'turn/completed' && params['threadId'] === id) || undefined,
  );
}

/** Makes threads until three of them share their second, which is all that Codex is told of times, and a few stand around them. */
async function makeThreads(server: AppServer, cwd: string): Promise<readonly Listed[]> {
  const made: Listed[] = [];
  const inSecondOf = ({ createdAt }: Listed): number => made.filter((other) => other.createdAt === createdAt).length;
  while (made.length < 6 || !made.some((thread) => inSecondOf(thread) >= 3)) {
    if (made.length === threadsMax) throw new Error(`no three of ${threadsMax} threads share a second`);
    made.push(await startThread(server, cwd));
  }
  await Promise.all(made.map((thread) => takeTurn(server, thread)));
  return made;
}

async function idsInPages(server: AppServer, params: object): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const outcome = await server.call('thread/list', { ...params, cursor });
    const page = resultOf(outcome) as { data: readonly Listed[]; nextCursor: string | null };
    ids.push(...page.data.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null && ids.length <= 2 * threadsMax);
  return ids;
}

const installed = await installedCodex('0.129.0');

describe.skipIf('missing' in installed).each(backends)('threads of one second in $backend', ({ create }) => {
  test('stand on one page each, in one order, whatever pages there are', async () => {
    await using store = await ServedStore.start(create);
    await using model = await ScriptedModel.start();
    const program = 'program' in installed ? installed.program : '';
    await using home = await CodexHome.create({ program, modelUrl: model.url, threadStoreUrl: store.url });
    await using server = await AppServer.start(home);
    const made = (await makeThreads(server, home.garden)).map(({ id }) => id);
    const whole = { limit: threadsMax, sortDirection: 'asc' };
    const byCreation = await idsInPages(server, { ...whole, sortKey: 'created_at' });
    expect(byCreation).toEqual(made);
    // Their turns went on at the same time: whichever order they ended in is theirs.
    const byUpdate = await idsInPages(server, { ...whole, sortKey: 'updated_at' });
    expect(byUpdate.toSorted()).toEqual(made.toSorted());
    for (const limit of [1, 2, 3]) {
      for (const [sortKey, ids] of [
        ['created_at', byCreation],
        ['updated_at', byUpdate],
      ] as const) {
        expect(await idsInPages(server, { sortKey, sortDirection: 'asc', limit })).toEqual(ids);
        expect(await idsInPages(server, { sortKey, sortDirection: 'desc', limit })).toEqual(ids.toReversed());
      }
    }
  });
});
