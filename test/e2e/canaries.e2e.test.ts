import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RemoteThreadStore } from '@threadstore/client';
import { ThreadStoreError, type AppendItemsParams } from '@threadstore/core';
import {
  createScratchDatabase,
  migrated,
  serveThreadstore,
  waitFor,
  withClient,
  type ServingProcess,
} from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { TemporaryFolder } from './support/commands.ts';
import { logLines } from './support/log-lines.ts';
import { get, opsAddress } from './support/ops-address.ts';

const canary = 'hunter2canary';
const item = (text: string): string =>
  JSON.stringify({ type: 'event_msg', payload: { type: 'user_message', message: text } });

/** Makes Postgres fail in ways that show what was written, in its errors and its log. */
const traps = `
  alter table threadstore.threads add constraint trap_name check (name is null or strpos(name, 'constraint') = 0);
  create function threadstore.trap() returns trigger language plpgsql as $$
  begin
    if strpos(new.body, 'constraint') > 0 then
      raise check_violation using message = 'refused ' || new.body, detail = new.body, hint = new.body;
    elsif strpos(new.body, 'overflow') > 0 then
      perform 9223372036854775807::bigint + length(new.body);
    elsif strpos(new.body, 'number') > 0 then
      perform new.body::int;
    elsif strpos(new.body, 'internal') > 0 then
      raise internal_error using message = new.body;
    end if;
    return new;
  end $$;
  create trigger trap before insert on threadstore.items for each row execute function threadstore.trap()`;

/** Everything that an error has, with its causes. */
function everythingOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = Object.fromEntries(Object.getOwnPropertyNames(error).map((name) => [name, (error as never)[name]]));
  return `${JSON.stringify(own)} ${error.stack ?? ''} ${error.cause === undefined ? '' : everythingOf(error.cause)}`;
}

/** The failures of calls that hold the canary in all that a call may hold. */
async function failuresOf(store: RemoteThreadStore): Promise<readonly unknown[]> {
  const threadId = randomUUID();
  const metadata = { name: canary, preview: canary, cwd: `/${canary}`, source: canary, approvalMode: { canary } };
  const holder = `${canary} holder`;
  const { epoch } = await store.createThread({ threadId, sessionId: canary, originator: canary, holder, metadata });
  const append = (params: Partial<AppendItemsParams>): Promise<unknown> =>
    store.appendItems({ threadId, epoch, sequence: 0n, items: [item(canary)], ...params } as AppendItemsParams);
  const calls: (() => Promise<unknown>)[] = [
    ...['constraint', 'overflow', 'number', 'internal'].map(
      (trap) => () => append({ items: [item(`${canary} ${trap}`)] }),
    ),
    () => append({ items: [`{"type":"${canary}"`] }),
    () => append({ items: [`{"type":"${canary}\ud800"}`] }),
    () => append({ sequence: 7n }),
    () => append({ epoch: epoch + 7n }),
    () => store.createThread({ threadId: randomUUID(), metadata: { name: `${canary} constraint` } }),
    () => store.createThread({ threadId, metadata }),
    () => store.updateThreadMetadata({ threadId, patch: { name: `${canary} constraint` } }),
    () => store.updateThreadMetadata({ threadId, patch: { title: `${canary}\0` } }),
    () => store.updateThreadMetadata({ threadId, patch: { name: canary.repeat(1_000) } }),
    () => store.listThreads({ cursor: canary }),
    () => store.listThreads({ searchTerm: canary.repeat(1_000) }),
    () => store.listThreads({ cwdFilters: [`${canary}\0`] }),
    () => store.searchThreads({ searchTerm: canary.repeat(1_000) }),
    () => store.searchThreads({ searchTerm: canary, cursor: canary }),
    () => store.listItems({ threadId, turnId: canary, cursor: canary }),
    () => store.listTurns({ threadId, cursor: canary }),
    () => store.readThread({ threadId: canary }),
    () => store.forkThread({ sourceThreadId: threadId, threadId, metadata }),
  ];
  const failures: unknown[] = [];
  for (const call of calls)
    failures.push(
      await call().then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
  return failures;
}

test('nothing of what was said is in logs, metrics, the audit log or errors, whatever fails, and whatever Postgres says of it', async () => {
  await using database = await createScratchDatabase(migrated);
  await using folder = await TemporaryFolder.create();
  const auditLog = join(folder.path, 'audit.jsonl');
  await withClient(database.url, (client) => client.query(traps));
  const flags = ['--metrics-listen', '127.0.0.1:0', '--log-level', 'debug', '--audit-log', auditLog];
  await using service: ServingProcess = await serveThreadstore(flags, { env: { DATABASE_URL: database.url } });
  const store = new RemoteThreadStore({ endpoint: service.endpoint, holder: canary, deadlineMs: 20_000 });
  const failures = await failuresOf(store);
  await store.close();
  expect(failures.flatMap((failure, index) => (failure instanceof ThreadStoreError ? [] : [index]))).toEqual([]);
  // What Postgres failed with was found out, and not only what the checks refuse.
  const reasons = failures.map((failure) => (failure as ThreadStoreError).reason);
  expect(reasons.slice(0, 4)).toEqual(['INTERNAL', 'INTERNAL', 'INTERNAL', 'INTERNAL']);
  const metrics = await get(`${await opsAddress(service)}/metrics`);
  await waitFor(() => logLines(service.stderr()).some(({ rpc }) => rpc === 'AppendStream'), { what: 'the last line' });
  await service.stop();
  const internals = logLines(service.stderr()).filter(({ level }) => level === 'error');
  expect(internals.length).toBeGreaterThan(3);
  const audited = readFileSync(auditLog, 'utf8');
  expect(audited).toContain('/UpdateThreadMetadata"');
  for (const [what, text] of Object.entries({
    log: service.stderr(),
    stdout: service.stdout(),
    metrics: metrics.text,
    audited,
  })) {
    expect([what, text.includes(canary)]).toEqual([what, false]);
  }
  // What a caller sent itself may come back to it, in its own spelling, only where the message quotes a field's value.
  for (const failure of failures.slice(0, 4)) expect(everythingOf(failure)).not.toContain(canary);
}, 120_000);
