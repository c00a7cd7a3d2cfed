import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkAppendItems } from '../src/checks/append.ts';
import { jsonFaultOffset } from '../src/checks/json-fault.ts';
import { resolveLimits } from '../src/checks/limits.ts';
import type { Limits } from '../src/index.ts';
import { failure } from './failure.ts';

const threadId = '0199a5f0-7c1e-7000-8000-000000000001';

function check(items: unknown, limits: Partial<Limits> = {}): ReturnType<typeof checkAppendItems> {
  const params = { threadId, epoch: 1n, sequence: 0n, items: items as string[] };
  return checkAppendItems(params, resolveLimits(limits));
}

function nested(depth: number): string {
  return `{"type":"a","x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
}

describe('items that are accepted, exactly as they are', () => {
  test.for([
    ['spaces and line ends', ' \t\r\n{ "type" : "a" }\n'],
    ['a __proto__ key', '{"type":"a","__proto__":{"polluted":true}}'],
    ['keys of Object.prototype', '{"type":"a","constructor":1,"toString":2,"hasOwnProperty":3}'],
    ['numbers beyond doubles', '{"type":"a","n":[1e400,-1e400,-0,0.1e-400,12345678901234567890,1.0]}'],
    ['an escaped NUL', String.raw`{"type":"a","s":"\u0000"}`],
    ['an escaped lone surrogate', String.raw`{"type":"a","s":"\ud800"}`],
    ['a repeated key', '{"type":1,"type":"a"}'],
    ['an empty type', '{"type":""}'],
    ['an escaped key', String.raw`{"\u0074ype":"a"}`],
    ['other scripts', '{"type":"a","s":"žluťoučký 🐎 \u2028"}'],
    ['brackets in a string', `{"type":"a","s":"${'['.repeat(500)}\\"${'{'.repeat(500)}"}`],
  ])('%s', ([, item]) => {
    expect(check([item]).items).toEqual([item]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('the bytes are those of UTF-8', () => {
    const items = ['{"type":"é"}', '{"type":"🐎"}'];
    expect(check(items).bytes).toBe(13 + 15);
  });

  test('the array of the caller is not kept', () => {
    const items = ['{"type":"a"}'];
    const checked = check(items);
    items[0] = 'changed';
    expect(checked.items).toEqual(['{"type":"a"}']);
  });
});

describe('items that are not JSON', () => {
  test.for([
    ['', 0],
    ['  ', 2],
    ['{', 1],
    ['{"a":}', 5],
    ['[1,]', 3],
    ["{'a':1}", 1],
    ['{"a":1,}', 7],
    ['{a:1}', 1],
    ['{"a" 1}', 5],
    ['{"a":1 "b":2}', 7],
    ['NaN', 0],
    ['Infinity', 0],
    ['undefined', 0],
    ['nulx', 3],
    ['tru', 3],
    ['01', 1],
    ['+1', 0],
    ['.5', 0],
    ['1.', 2],
    ['1.e5', 2],
    ['-', 1],
    ['1e', 2],
    ['1e+', 3],
    ['{"type":"a"}{', 12],
    ['{"type":"a"}]', 12],
    ['{"type":"a"]', 11],
    ['"\u0000"', 1],
    ['"\n"', 1],
    [String.raw`"\x41"`, 2],
    [String.raw`"\u12g4"`, 5],
    ['"abc', 4],
    ['\ufeff{"type":"a"}', 0],
    ['{"type":"a"}\u00a0', 12],
    ['{"type":"a"} // note', 13],
  ] as const)('%j at %d', ([text, offset]) => {
    const error = failure(() => check(['{"type":"a"}', text]));
    expect(error).toMatchObject({
      code: 'invalid_request',
      reason: 'ITEM_NOT_JSON',
      message: `items[1]: not valid JSON at offset ${offset}`,
      details: { field: 'items[1]', offset: String(offset) },
    });
    expect(error.cause).toBeUndefined();
  });

  const characters = fc.constantFrom(...'{}[]",:\\ \n\t\u0000truefalsn0123456789.-+eEu\u00e9'.split(''));
  const edits = fc.array(
    fc.record({ at: fc.nat(), remove: fc.nat({ max: 2 }), insert: fc.string({ unit: characters, maxLength: 2 }) }),
    {
      maxLength: 3,
    },
  );
  const almostJson = fc.tuple(fc.json(), edits).map(([json, changes]) =>
    changes.reduce((text, { at, remove, insert }) => {
      const start = at % (text.length + 1);
      return text.slice(0, start) + insert + text.slice(start + remove);
    }, json),
  );

  test('the verdict is that of JSON.parse, and the offset is the first that can be told', () => {
    fc.assert(
      fc.property(fc.oneof(almostJson, fc.string({ unit: characters })), (text) => {
        const offset = jsonFaultOffset(text);
        expect(offset === null).toBe(isJson(text));
        if (offset === null) return;
        // What stands before may still become JSON, or is it already; with the unit at the offset it never will.
        expect([offset, null]).toContain(jsonFaultOffset(text.slice(0, offset)));
        expect(jsonFaultOffset(text.slice(0, offset + 1))).toBe(offset);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a text as deep as it is long', () => {
    expect(jsonFaultOffset('['.repeat(1_000_000))).toBe(1_000_000);
    expect(jsonFaultOffset(`${'['.repeat(300_000)}${']'.repeat(300_000)}`)).toBeNull();
  });
});

describe('items of another form', () => {
  test.for(['null', 'true', '1', '"type"', '[]', '[{"type":"a"}]'])('%s is no object', (text) => {
    expect(failure(() => check([text]))).toMatchObject({
      reason: 'INVALID_FIELD',
      message: 'items[0]: must be a JSON object',
      details: { field: 'items[0]' },
    });
  });

  test.for([
    '{}',
    '{"type":1}',
    '{"type":null}',
    '{"Type":"a"}',
    '{"__proto__":{"type":"a"}}',
    '{"type":"a","type":1}',
  ])('%s has no string type', (text) => {
    expect(failure(() => check([text]))).toMatchObject({
      reason: 'INVALID_FIELD',
      message: 'items[0]: must have a member "type" that is a string',
    });
  });

  test.for([[null], [1], [{ type: 'a' }], [Buffer.from('{"type":"a"}')], Object.assign([], { length: 1 })])(
    '%j is no list of strings',
    (items) => {
      expect(failure(() => check(items))).toMatchObject({ reason: 'INVALID_FIELD', details: { field: 'items[0]' } });
    },
  );

  test.for([undefined, null, '{"type":"a"}', { 0: '{"type":"a"}', length: 1 }, []])('%j is no batch', (items) => {
    expect(failure(() => check(items))).toMatchObject({ reason: 'INVALID_FIELD', details: { field: 'items' } });
  });

  test('a lone surrogate is no Unicode', () => {
    expect(failure(() => check(['{"type":"a"}', '{"type":"\ud800"}']))).toMatchObject({
      reason: 'NOT_UNICODE',
      details: { field: 'items[1]' },
    });
  });

  test('one bad item among a thousand is named', () => {
    const items = Array.from({ length: 1_000 }, () => '{"type":"a"}');
    items[500] = '{"type":}';
    expect(failure(() => check(items))).toMatchObject({
      message: 'items[500]: not valid JSON at offset 8',
      details: { field: 'items[500]' },
    });
  });
});

describe('limits', () => {
  test.for([
    {
      name: 'itemBytesMax',
      limits: { itemBytesMax: 14 },
      fits: ['{"type":"a"}', '{"type":"aé"}', '{"type":"abc"}'],
      exceeds: ['{"type":"a"}', '{"type":"abé"}'],
      error: { field: 'items[1]', limit: 'itemBytesMax', max: '14', got: '15' },
    },
    {
      name: 'appendBytesMax',
      limits: { appendBytesMax: 24 },
      fits: ['{"type":"a"}', '{"type":"b"}'],
      exceeds: ['{"type":"a"}', '{"type":"bb"}'],
      error: { field: 'items', limit: 'appendBytesMax', max: '24', got: '25' },
    },
    {
      name: 'batchItemsMax',
      limits: { batchItemsMax: 2 },
      fits: ['{"type":"a"}', '{"type":"b"}'],
      exceeds: ['{"type":"a"}', '{"type":"b"}', '{"type":"c"}'],
      error: { field: 'items', limit: 'batchItemsMax', max: '2', got: '3' },
    },
    {
      name: 'jsonDepthMax',
      limits: { jsonDepthMax: 5 },
      fits: [nested(5)],
      exceeds: [nested(6)],
      error: { field: 'items[0]', limit: 'jsonDepthMax', max: '5', got: '6' },
    },
  ])('$name', ({ limits, fits, exceeds, error }) => {
    expect(check(fits, limits).items).toEqual(fits);
    const refused = failure(() => check(exceeds, limits));
    expect(refused).toMatchObject({ code: 'invalid_request', reason: 'LIMIT_EXCEEDED', details: error });
    for (const fact of Object.values(error)) expect(refused.message).toContain(fact);
  });

  test('a flat object has depth 1', () => {
    expect(check(['{"type":"a"}'], { jsonDepthMax: 1 }).items).toHaveLength(1);
    expect(failure(() => check(['{"type":"a","x":{}}'], { jsonDepthMax: 1 })).details.got).toBe('2');
  });

  test('an item is as deep as its deepest member, whatever its strings hold', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: fc.constantFrom('[', '{', '"', '\\', ']', 'a') }), (value) => {
        const text = JSON.stringify({ type: 'a', value });
        const depth = depthOf(value) + 1;
        expect(check([text], { jsonDepthMax: depth }).items).toEqual([text]);
        if (depth === 1) return;
        const { got } = failure(() => check([text], { jsonDepthMax: depth - 1 })).details;
        expect(got).toBe(String(depth));
      }),
    );
  });

  test('depth is judged before the text is parsed', () => {
    const text = `{"type":"a","x":${'['.repeat(2_000_000)}`;
    expect(failure(() => check([text])).details).toMatchObject({ limit: 'jsonDepthMax', got: '2000001' });
  });
});

test('no refusal shows what the items hold', () => {
  const item = '{"type":"a","hunter2":"hunter2"}';
  const changed = ['', '"', '}', '\\', '\ud800', '\u0000'].flatMap((change) =>
    Array.from(item, (_, at) => item.slice(0, at) + change + item.slice(at + 1)),
  );
  const refused = changed.filter((text) => !isJson(text));
  expect(refused.length).toBeGreaterThan(100);
  for (const text of refused) {
    const error = failure(() => check([text]));
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toMatch(/hunt|nter2/);
  }
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
