import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { fixedPrincipal } from '../../src/auth/fixed-principal.ts';
import { createCodexServer } from '../../src/codex-server.ts';
import { served } from '../support/served.ts';
import { CodexClient } from './codex-client.ts';

test('calls of Codex are logged as of the tenant of its listener', async () => {
  const gates = [fixedPrincipal({ tenant: 'acme', subject: 'codex', scopes: new Set(['read', 'write']) })];
  await using one = await served({ create: createCodexServer, gates });
  await new CodexClient(one.endpoint).create(randomUUID());
  const calls = one.logged.filter(({ message }) => message === 'call').map(({ fields }) => fields);
  expect(calls).toMatchObject([{ rpc: 'CreateThread', tenant: 'acme', subject: 'codex' }]);
});
