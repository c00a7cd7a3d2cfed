import assert from 'node:assert/strict';
import { chapter, check } from '../chapter.ts';
import { item, itemOfBytes, itemOfDepth, items } from '../support/items.ts';
import { createUnmaterialised, itemsOf } from '../support/threads.ts';
import { collectItems } from '../support/walk.ts';

/** Texts that change, or do harm, wherever an item is parsed and printed again. */
const exactTexts: Readonly<Record<string, readonly string[]>> = {
  'order and repetition of keys': [
    '{"z":1,"type":"x","a":2,"10":1,"9":2}',
    '{"type":"x","a":1,"a":2}',
    '{"type":"first","type":"second"}',
    '{"":0,"type":""}',
  ],
  'the spelling of numbers': [
    '{"type":"x","n":[1.0,-0,-0.0,1e400,-1e400,1E+2,1e-400,0.1e-400,1.10,1e131071]}',
    '{"type":"x","n":[12345678901234567890,9007199254740993,-9223372036854775809,0.1000000000000000055511151231257827]}',
  ],
  escapes: [
    '{"type":"x","s":"\\u0000\\u0001\\u001f"}',
    '{"type":"x","s":"\\ud800 \\udfff \\ud83d\\ude00 \\uD83D\\uDE00"}',
    '{"type":"x","s":"\\u00e9\\u0041\\/\\b\\f\\n\\r\\t\\"\\\\"}',
    '{"\\u0074ype":"x"}',
    '{"type":"\\u0000"}',
  ],
  'keys that objects have of their own': [
    '{"type":"x","__proto__":{"polluted":true}}',
    '{"__proto__":null,"type":"x","constructor":{"prototype":{"polluted":true}}}',
    '{"type":"x","toString":1,"hasOwnProperty":0,"valueOf":null,"then":"x"}',
  ],
  'white space around and inside': [
    '  {"type":"x"}',
    '{"type":"x"}\n',
    '\t\r\n { "type"\t:\n"x" } \r\n',
    '{"type":"x","s":"  "}',
  ],
  'unknown types and other people’s envelopes': [
    '{"type":"a type of next year","payload":[[],{},null,true,false,""]}',
    '{"type":"error","code":5,"message":"thread not found","details":[]}',
    '{"timestamp":"2026-01-01T00:00:00.000Z","type":"response_item","payload":{"type":"message"},"ordinal":7}',
    '{"type":"x","sql":"\'; DROP TABLE items; --","percent":"%s %d $1 ${x} {{x}}"}',
  ],
  'every plane of Unicode': [
    ...Array.from({ length: 17 }, (_, plane) =>
      String.fromCodePoint(plane * 0x10000 + 0xa1, plane * 0x10000 + 0xfffd),
    ).map((text) => `{"type":"x","s":"${text}"}`),
    '{"type":"x","s":"\u007f\u0080\u07ff\u0800\u2028\u2029\ufeff\ufffd\ufffe\uffff"}',
    '{"type":"x","s":"e\u0301 \u00e9 \u1100\u1161 👩‍👩‍👧‍👦 \u202eright to left"}',
    '{"typ\u00e9":"x","type":"\u{1f600}"}',
  ],
};

async function assertKept(
  texts: readonly string[],
  { store, open }: Parameters<Parameters<typeof check>[1]>[0],
): Promise<void> {
  const writer = await createUnmaterialised(store);
  for (const text of texts) await writer.append(text);
  await writer.append(...texts);
  const expected = [...texts, ...texts];
  const other = await open();
  assert.deepEqual(await itemsOf(other, writer), expected);
  assert.deepEqual(await collectItems(other.streamHistory(writer)), expected);
  const { history } = await other.readThread({ threadId: writer.threadId, includeHistory: true });
  assert.deepEqual(history?.items, expected);
}

const exactness = Object.entries(exactTexts).map(([what, texts]) =>
  check(`keeps ${what}`, async (fixture) => {
    await assertKept(texts, fixture);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined, 'no prototype was changed');
  }),
);

const sizes = [
  check('keeps a string of 1 MiB, and 1 MiB of escapes', async (fixture) => {
    const long = `{"type":"x","s":"${'0123456789abcdef'.repeat(65_536)}"}`;
    const escaped = `{"type":"x","s":"${'\\u00e9'.repeat(174_763)}"}`;
    await assertKept([long, escaped], fixture);
  }),

  check('keeps an append of the most bytes, in items of the most bytes', async ({ store, limits }) => {
    const writer = await createUnmaterialised(store);
    const largest = itemOfBytes(limits.itemBytesMax);
    const rest = limits.appendBytesMax - limits.itemBytesMax;
    const batch = rest > 100 ? [largest, itemOfBytes(Math.min(rest, limits.itemBytesMax))] : [largest];
    await writer.append(...batch);
    const stored = await itemsOf(store, writer);
    assert.equal(stored.length, batch.length);
    for (const [index, text] of batch.entries()) assert.ok(stored[index] === text, `item ${index} is the same`);
  }),

  check('keeps an object of 100,000 keys, and one nested as deep as may be', async ({ store, limits }) => {
    const wide = `{"type":"x",${Array.from({ length: 100_000 }, (_, n) => `"k${n}":${n}`).join(',')}}`;
    const deep = itemOfDepth(limits.jsonDepthMax);
    const writer = await createUnmaterialised(store);
    await writer.append(wide, deep);
    const stored = await itemsOf(store, writer);
    assert.ok(stored[0] === wide, 'the wide one is the same');
    assert.equal(stored[1], deep);
  }),

  check('keeps items that are equal to each other as items of their own', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(item('same'), item('same'));
    await writer.append(item('same'), item('same'));
    await writer.append(...items(1));
    assert.deepEqual(await itemsOf(store, writer), [...Array<string>(4).fill(item('same')), item(0)]);
  }),
];

export const appendContentChapter = chapter('appendItems: exact texts', ...exactness, ...sizes);
