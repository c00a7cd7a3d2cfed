import { describe, expect, test } from 'vitest';
import { append, freshId, good, item, limits, nested, refusedAll, type BadRequest } from '../support/bad-request.ts';
import { served } from '../support/served.ts';
import { requestBytes, WireClient } from '../support/wire.ts';

const payloads: readonly BadRequest[] = [
  { what: 'P1 no items', method: 'AppendItems', request: append, reason: 'INVALID_FIELD', field: 'items' },
  {
    what: 'P2 1,001 items',
    method: 'AppendItems',
    request: { ...append, items: Array.from({ length: 1_001 }, () => good) },
    reason: 'LIMIT_EXCEEDED',
    field: 'items',
    message: /1001.*1000/,
  },
  {
    what: 'P3 an item over the limit',
    method: 'AppendItems',
    request: item(JSON.stringify({ type: 'x'.repeat(64 * 1024) })),
    reason: 'LIMIT_EXCEEDED',
    field: 'items[0]',
    message: /65547.*65536/,
  },
  {
    what: 'P3 a batch over the limit',
    method: 'AppendItems',
    request: {
      ...append,
      items: Array.from({ length: 5 }, () => Buffer.from(JSON.stringify({ type: 'x'.repeat(60 * 1024) }))),
    },
    reason: 'LIMIT_EXCEEDED',
    field: 'items',
  },
  ...[
    '',
    ' ',
    '{',
    '{"a":}',
    '{"type":"a",}',
    "{'type':'a'}",
    '{"type":NaN}',
    '{"type":Infinity}',
    '{"type":undefined}',
    '{"type":"a","n":01}',
    '{"type":"a","n":+1}',
    '{"type":"a","n":.5}',
    '{"type":"a","n":1.}',
    '{"type":"a"} x',
    '{"type":"a"}{}',
    '\uFEFF{"type":"a"}',
    '{"type":"a\u0001"}',
    '{"type":"a\u0000"}',
  ].map((text): BadRequest => ({
    what: `P5 ${JSON.stringify(text)}`,
    method: 'AppendItems',
    request: item(text),
    reason: 'ITEM_NOT_JSON',
    field: 'items[0]',
    message: /offset \d+/,
  })),
  ...['1', '"type"', 'null', 'true', '[]', '[{"type":"a"}]'].map((text): BadRequest => ({
    what: `P7 ${text}`,
    method: 'AppendItems',
    request: item(text),
    reason: 'INVALID_FIELD',
    field: 'items[0]',
    message: /object/,
  })),
  ...['{}', '{"type":1}', '{"type":null}', '{"Type":"a"}', '{"payload":{"type":"a"}}'].map((text): BadRequest => ({
    what: `P7 ${text}`,
    method: 'AppendItems',
    request: item(text),
    reason: 'INVALID_FIELD',
    field: 'items[0]',
    message: /type/,
  })),
  ...([[0xff, 0xfe], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x8c], [0x80]] as const).map(
    (bytes): BadRequest => ({
      what: `P8 the bytes ${Buffer.from(bytes).toString('hex')}`,
      method: 'AppendItems',
      request: item(Buffer.concat([Buffer.from('{"type":"'), Buffer.from(bytes), Buffer.from('"}')])),
      reason: 'NOT_UNICODE',
      field: 'items[0]',
      message: /offset 9/,
    }),
  ),
  {
    what: 'P12 depth 129',
    method: 'AppendItems',
    request: item(nested(129)),
    reason: 'LIMIT_EXCEEDED',
    field: 'items[0]',
    message: /129.*128/,
  },
  {
    what: 'P12 60,000 opening brackets',
    method: 'AppendItems',
    request: item('['.repeat(60_000)),
    reason: 'LIMIT_EXCEEDED',
    field: 'items[0]',
  },
  {
    what: 'P20 one bad item in a batch',
    method: 'AppendItems',
    request: { ...append, items: [...Array.from({ length: 500 }, () => good), Buffer.from('{'), good] },
    reason: 'ITEM_NOT_JSON',
    field: 'items[500]',
  },
  {
    what: 'T22 two million empty items',
    method: 'AppendItems',
    request: Buffer.concat([requestBytes('AppendItems', append), Buffer.alloc(2 * 130_000, Buffer.from([0x22, 0]))]),
    reason: 'LIMIT_EXCEEDED',
    field: 'items',
    message: /130000/,
  },
];

refusedAll(payloads);

describe('what looks bad and is good', () => {
  test.each([
    ['P9 an escaped NUL', '{"type":"a\\u0000"}'],
    ['P9 half a surrogate pair, escaped', '{"type":"a","x":"\\ud83c"}'],
    ['P12 depth 128', nested(128)],
    ['P13 many keys', `{"type":"a",${Array.from({ length: 5_000 }, (_one, key) => `"${key}":0`).join(',')}}`],
    ['P15 names of a prototype', '{"__proto__":{"x":1},"constructor":2,"toString":3,"type":"a"}'],
    ['P16 numbers', '{"type":"a","n":[1e131071,1e400,-0,0.1e-400,12345678901234567890,1.0]}'],
    ['P17 a long string', JSON.stringify({ type: 'x'.repeat(60_000) })],
    ['P19 an error of ours', '{"type":"error","reason":"FENCED","grpc-status":"10"}'],
  ])('%s', async (_what, text) => {
    await using fresh = await served({ limits });
    using wire = new WireClient(fresh.endpoint);
    expect(await wire.call('CreateThread', requestBytes('CreateThread', { threadId: freshId }))).toBeNull();
    const request = { threadId: freshId, epoch: 1n, sequence: 0n, items: [Buffer.from(text)] };
    expect(await wire.call('AppendItems', requestBytes('AppendItems', request))).toBeNull();
    expect((await fresh.store.loadHistory({ threadId: freshId })).items).toEqual([text]);
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });
});
