import { deletedId, freshId, refusedAll, threadId, type BadRequest } from '../support/bad-request.ts';

const identifiers: readonly BadRequest[] = [
  ...[
    '',
    'x',
    'not-a-uuid',
    '{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}',
    'a0eebc999c0b4ef8bb6d6bb9bd380a11',
    `${threadId} `,
  ].flatMap((id) =>
    ['ReadThread', 'CreateThread', 'DeleteThread', 'ReadHistory', 'ListTurns', 'ListItems'].map(
      (method): BadRequest => ({
        what: `N2 ${JSON.stringify(id)}`,
        method,
        request: { threadId: id },
        reason: 'INVALID_FIELD',
        field: 'threadId',
      }),
    ),
  ),
  {
    what: 'N3 the nil UUID',
    method: 'CreateThread',
    request: { threadId: '00000000-0000-0000-0000-000000000000' },
    reason: 'INVALID_FIELD',
    field: 'threadId',
  },
  {
    what: 'N4 a megabyte',
    method: 'ReadThread',
    request: { threadId: 'a'.repeat(1_000_000) },
    reason: 'INVALID_FIELD',
    field: 'threadId',
    message: /1000000 characters/,
  },
  {
    what: 'N6 an absent thread',
    method: 'ReadThread',
    request: { threadId: freshId },
    reason: 'THREAD_NOT_FOUND',
    message: new RegExp(freshId),
  },
  { what: 'N8 a deleted thread', method: 'ReadThread', request: { threadId: deletedId }, reason: 'THREAD_DELETED' },
  { what: 'N11 create over a thread', method: 'CreateThread', request: { threadId }, reason: 'THREAD_EXISTS' },
  {
    what: 'N12 create over a deleted thread',
    method: 'CreateThread',
    request: { threadId: deletedId },
    reason: 'THREAD_ID_USED',
  },
  {
    what: 'a fork of what is no id',
    method: 'CreateThread',
    request: { threadId: freshId, forkedFromId: 'x' },
    reason: 'INVALID_FIELD',
    field: 'forkedFromId',
  },
  {
    what: 'a parent that is no id',
    method: 'CreateThread',
    request: { threadId: freshId, parentThreadId: '' },
    reason: 'INVALID_FIELD',
    field: 'parentThreadId',
  },
  {
    what: 'a fork of an absent thread',
    method: 'ForkThread',
    request: { threadId: deletedId, sourceThreadId: freshId },
    reason: 'THREAD_NOT_FOUND',
    message: new RegExp(freshId),
  },
  {
    what: 'a fork over a thread',
    method: 'ForkThread',
    request: { threadId, sourceThreadId: threadId },
    reason: 'THREAD_EXISTS',
  },
  {
    what: 'a fork that ends nowhere',
    method: 'ForkThread',
    request: { threadId: freshId, sourceThreadId: threadId, at: {} },
    reason: 'INVALID_FIELD',
    field: 'at',
  },
  {
    what: 'a fork that ends at a turn that is not there',
    method: 'ForkThread',
    request: { threadId: freshId, sourceThreadId: threadId, at: { point: { case: 'throughTurn', value: 'none' } } },
    reason: 'INVALID_FIELD',
    field: 'at.throughTurn',
  },
];

refusedAll(identifiers);
