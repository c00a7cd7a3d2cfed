import assert from 'node:assert/strict';
import { chapter, check, checkWith } from '../chapter.ts';
import { item, itemOfBytes, itemOfDepth, items } from '../support/items.ts';
import { refused, refusedField, refusedLimit } from '../support/refusals.ts';
import { createThread, createUnmaterialised, itemsOf, type Writer } from '../support/threads.ts';

/** Texts that are not JSON, each with the place of the first unit that can't stand there. All are ASCII: units are bytes. */
const notJson: readonly (readonly [text: string, offset: number])[] = [
  ['', 0],
  [' ', 1],
  ['{', 1],
  ['{"type":"x"', 11],
  ['{"type":"x",}', 12],
  ["{'type':'x'}", 1],
  ['{type:"x"}', 1],
  ['{"type":"x"} x', 13],
  ['{"type":"x"}{"type":"y"}', 12],
  ['{"type":"x","a":}', 16],
  ['{"type":"x","a":[1,]}', 19],
  ['{"type":"x","a":NaN}', 16],
  ['{"type":"x","a":Infinity}', 16],
  ['{"type":"x","a":undefined}', 16],
  ['{"type":"x","a":01}', 17],
  ['{"type":"x","a":+1}', 16],
  ['{"type":"x","a":.5}', 16],
  ['{"type":"x","a":1.}', 18],
  ['{"type":"x","a":0x10}', 17],
  ['{"type":"x","a":"\\x41"}', 18],
  ['{"type":"x","a":"\\u00g0"}', 21],
  ['{"type":"x","a":"\u0000"}', 17],
  ['{"type":"x","a":"\n"}', 17],
  ['{"type":"x"/* a comment */}', 11],
];

/** JSON texts that are no items. */
const notItems = [
  '1',
  '"type"',
  'null',
  'true',
  '[]',
  '[{"type":"x"}]',
  '{}',
  '{"type":1}',
  '{"type":null}',
  '{"type":{"type":"x"}}',
  '{"Type":"x"}',
  '{"payload":{"type":"x"}}',
  '{"__proto__":{"type":"x"}}',
];

async function assertNothingStored(writer: Writer): Promise<void> {
  assert.deepEqual(await itemsOf(writer.store, writer), []);
  assert.deepEqual(await writer.store.appendItems({ ...writer.ref, sequence: 0n, items: [item(0)] }), {
    firstOrdinal: 0n,
    lastOrdinal: 0n,
    duplicate: false,
  });
}

const forms = [
  check('refuses an empty batch', async ({ store }) => {
    const writer = await createThread(store);
    await refusedField(store.appendItems({ ...writer.ref, sequence: 0n, items: [] }), 'items');
    await refusedField(store.appendItems({ ...writer.ref, sequence: 0n, items: [], metadata: { name: 'x' } }), 'items');
    assert.equal((await store.readThread(writer)).name, null);
    await assertNothingStored(writer);
  }),

  check('refuses a text that is not JSON, and says where', async ({ store }) => {
    const writer = await createThread(store);
    for (const [text, offset] of notJson) {
      const call = store.appendItems({ ...writer.ref, sequence: 0n, items: [item(0), text] });
      const error = await refused(call, 'ITEM_NOT_JSON', { field: 'items[1]' });
      assert.equal(error.details.offset, String(offset), `offset in ${JSON.stringify(text)}`);
    }
    const withMark = store.appendItems({ ...writer.ref, sequence: 0n, items: ['\ufeff{"type":"x"}'] });
    await refused(withMark, 'ITEM_NOT_JSON', { field: 'items[0]', offset: '0' });
    await assertNothingStored(writer);
  }),

  check('refuses JSON that is not an object with a string type', async ({ store }) => {
    const writer = await createThread(store);
    for (const text of notItems) {
      await refusedField(store.appendItems({ ...writer.ref, sequence: 0n, items: [text] }), 'items[0]');
    }
    await assertNothingStored(writer);
  }),

  check('refuses a lone surrogate in the text itself', async ({ store }) => {
    const writer = await createThread(store);
    for (const text of ['{"type":"x","s":"\ud800"}', '{"type":"\udfff"}', '{"type":"x","\udc00\ud800":1}']) {
      const call = store.appendItems({ ...writer.ref, sequence: 0n, items: [text] });
      await refused(call, 'NOT_UNICODE', { field: 'items[0]' });
    }
    await assertNothingStored(writer);
  }),

  check('refuses items of a wrong type', async ({ store }) => {
    const writer = await createThread(store);
    const wrong: readonly (readonly [field: string, items: unknown])[] = [
      ['items', item(0)],
      ['items', { 0: item(0), length: 1 }],
      ['items', null],
      ['items[0]', [{ type: 'x' }]],
      ['items[1]', [item(0), 7]],
      ['items[1]', [item(0), null]],
    ];
    for (const [field, value] of wrong) {
      await refusedField(store.appendItems({ ...writer.ref, sequence: 0n, items: value as string[] }), field);
    }
    await assertNothingStored(writer);
  }),

  check('stores none of a batch with one bad item among a thousand', async ({ store }) => {
    const writer = await createThread(store);
    const batch = items(1000);
    batch[500] = '{"type":"x"';
    await refused(store.appendItems({ ...writer.ref, sequence: 0n, items: batch }), 'ITEM_NOT_JSON', {
      field: 'items[500]',
    });
    await assertNothingStored(writer);
  }),

  check('says nothing of an item’s content', async ({ store }) => {
    const writer = await createThread(store);
    for (const text of ['{"type":"x","password":"hunter2",}', '{"password":"hunter2"}', 'hunter2', '"hunter2"']) {
      const call = store.appendItems({ ...writer.ref, sequence: 0n, items: [text] });
      const error: unknown = await call.catch((refusal: unknown) => refusal);
      assert.ok(error instanceof Error);
      assert.ok(!`${error.message} ${error.stack} ${JSON.stringify(error)}`.includes('hunter2'), error.message);
    }
  }),
];

const itemsLimit = { field: 'items', limit: 'batchItemsMax', max: 3 };
const limits = [
  checkWith({ limits: { batchItemsMax: 3 } }, 'takes up to batchItemsMax items', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(...items(3));
    await refusedLimit(writer.append(...items(4)), { ...itemsLimit, got: 4 });
    assert.deepEqual(await itemsOf(store, writer), items(3));
  }),

  checkWith(
    { limits: { itemBytesMax: 100 } },
    'takes items of up to itemBytesMax bytes of UTF-8',
    async ({ store }) => {
      const writer = await createThread(store);
      const limit = { field: 'items[1]', limit: 'itemBytesMax', max: 100 };
      const send = (text: string): Promise<unknown> =>
        store.appendItems({ ...writer.ref, sequence: 0n, items: [item(0), text] });
      await refusedLimit(send(itemOfBytes(101)), { ...limit, got: 101 });
      // 24 characters of frame, and each é is two bytes.
      await refusedLimit(send(`{"type":"big","text":"${'é'.repeat(39)}"}`), { ...limit, got: 102 });
      await refusedLimit(send(`{"type":"big","text":"${'\u{1f600}'.repeat(20)}"}`), { ...limit, got: 104 });
      const most = [itemOfBytes(100), `{"type":"big","text":"${'é'.repeat(38)}"}`];
      await store.appendItems({ ...writer.ref, sequence: 0n, items: most });
      assert.deepEqual(await itemsOf(store, writer), most);
    },
  ),

  checkWith(
    { limits: { itemBytesMax: 100, appendBytesMax: 250 } },
    'takes up to appendBytesMax bytes in all',
    async ({ store }) => {
      const writer = await createThread(store);
      const call = store.appendItems({
        ...writer.ref,
        sequence: 0n,
        items: [itemOfBytes(100), itemOfBytes(100), itemOfBytes(51)],
      });
      await refusedLimit(call, { field: 'items', limit: 'appendBytesMax', max: 250, got: 251 });
      await writer.append(itemOfBytes(100), itemOfBytes(100), itemOfBytes(50));
    },
  ),

  checkWith({ limits: { jsonDepthMax: 4 } }, 'takes items nested up to jsonDepthMax', async ({ store }) => {
    const writer = await createThread(store);
    const send = (text: string): Promise<unknown> => store.appendItems({ ...writer.ref, sequence: 0n, items: [text] });
    const limit = { field: 'items[0]', limit: 'jsonDepthMax', max: 4 };
    await refusedLimit(send(itemOfDepth(5)), limit);
    await refusedLimit(send('{"type":"x","a":{"b":{"c":{"d":{}}}}}'), limit);
    await writer.append(itemOfDepth(4), '{"type":"x","a":{"b":{"c":{}}}}', '{"type":"[[[[[[{{{{","s":"\\"[[[[["}');
    assert.equal((await itemsOf(store, writer)).length, 3);
  }),

  check('refuses what is nested millions deep, quickly', async ({ store, limits: { jsonDepthMax: max } }) => {
    const writer = await createThread(store);
    const call = store.appendItems(writer.batch([itemOfDepth(1_000_000)]));
    await refusedLimit(call, { field: 'items[0]', limit: 'jsonDepthMax', max });
    await refusedLimit(store.appendItems({ ...writer.ref, sequence: 0n, items: [itemOfDepth(max + 1)] }), {
      field: 'items[0]',
      limit: 'jsonDepthMax',
      max,
    });
  }),
];

export const appendInputChapter = chapter('appendItems: wrong input', ...forms, ...limits);
