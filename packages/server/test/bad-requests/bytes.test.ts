import { bytesField, varintField } from '@threadstore/testkit';
import { append, refusedAll, type BadRequest } from '../support/bad-request.ts';
import { requestBytes } from '../support/wire.ts';

const undecodable: readonly BadRequest[] = [
  {
    what: 'T17 a length past the end',
    method: 'AppendItems',
    request: Buffer.concat([requestBytes('AppendItems', append), Buffer.from([0x22, 100, 1])]),
    reason: 'INVALID_FIELD',
    field: 'request',
  },
  {
    what: 'T18 a string past the end',
    method: 'ReadThread',
    request: Buffer.from([0x0a, 36, 0x61]),
    reason: 'INVALID_FIELD',
    field: 'request',
  },
  { what: 'T19 a number for a string', method: 'ReadThread', request: varintField(1, 7), reason: 'INVALID_FIELD' },
  {
    what: 'T21 nested unknown groups',
    method: 'ReadThread',
    request: Buffer.alloc(200_000, 0x1b),
    reason: 'INVALID_FIELD',
    field: 'request',
  },
  {
    what: 'random bytes',
    method: 'AppendItems',
    request: Buffer.from('c7f1e0d2b3a49586776859', 'hex'),
    reason: 'INVALID_FIELD',
    field: 'request',
  },
  {
    what: 'a string that is not UTF-8',
    method: 'ReadThread',
    request: bytesField(1, Buffer.from([0xff])),
    reason: 'INVALID_FIELD',
    field: 'request',
  },
];

refusedAll(undecodable);
