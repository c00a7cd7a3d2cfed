import assert from 'node:assert/strict';
import { chapter } from '../chapter.ts';
import {
  agentSays,
  compacted,
  completed,
  event,
  message,
  response,
  started,
  toolEnds,
  toolOutput,
  userSays,
} from '../support/events.ts';
import { checksOf } from '../support/optional.ts';
import { allHits, foundIds } from '../support/pages.ts';
import { refusedField, refusedInput, refusedLimit } from '../support/refusals.ts';
import { assertFound, assertSearches, threadsSaying } from '../support/said.ts';
import { createUnmaterialised } from '../support/threads.ts';

const { check, checkWith } = checksOf('searchThreads');

const places = [
  check('searches the messages of users and agents, and nothing else', async ({ store }) => {
    const text = 'needle in it';
    const texts = [
      userSays(text),
      agentSays(text),
      agentSays(text, 'commentary'),
      agentSays(text, 'final_answer'),
      message('user', text),
      message('assistant', text),
      message('developer', text),
      message('system', text),
      message('tool', text),
      event('agent_reasoning', { text }),
      response('reasoning', { summary: [{ type: 'summary_text', text }], content: [{ type: 'text', text }] }),
      response('function_call', { name: text, arguments: JSON.stringify({ text }), call_id: 'c' }),
      response('custom_tool_call', { name: text, input: text, call_id: 'c' }),
      toolOutput(text),
      event('exec_command_end', { ...(JSON.parse(toolEnds('a')) as { payload: object }).payload, stdout: text }),
      completed('a', { last_agent_message: text }),
      started(text),
      compacted(text),
      event('error', { message: text }),
      event('token_count', { message: text }),
      JSON.stringify({ type: 'session_meta', payload: { message: text, role: 'user' } }),
      JSON.stringify({ type: 'user_message', payload: { type: 'user_message', message: text } }),
      JSON.stringify({ type: 'event_msg', message: text, payload: { type: 'user_message', text } }),
    ];
    const ids = await threadsSaying(store, texts, (item) => item);
    await assertFound(store, ids, 'needle', [0, 1, 2, 3, 4, 5]);
    const writer = await createUnmaterialised(store, { metadata: { name: text, title: text, preview: text } });
    await writer.append(userSays('other'));
    assert.equal((await foundIds(store, 'needle')).length, 6, 'what lists search is not searched here');
  }),

  check('searches what tools put out when asked for, and the messages then too', async ({ store }) => {
    const items = [
      userSays('needle'),
      toolOutput('a needle'),
      toolOutput([
        { type: 'input_text', text: 'a' },
        { type: 'input_image', image_url: 'x' },
        { type: 'input_text', text: 'needle' },
      ]),
      response('custom_tool_call_output', { call_id: 'c', output: 'the needle' }),
      toolOutput({ needle: 'needle' }),
      toolOutput(`${'hay '.repeat(20_000)} needle`),
      toolOutput(`${'hay '.repeat(16_000)} needle`),
      response('function_call', { name: 'needle', arguments: '"needle"', call_id: 'c' }),
    ];
    const ids = await threadsSaying(store, items, (item) => item);
    await assertFound(store, ids, 'needle', [0]);
    await assertFound(store, ids, 'needle', [0], { includeToolOutput: false });
    await assertFound(store, ids, 'needle', [0, 1, 2, 3, 6], { includeToolOutput: true });
    await assertFound(store, ids, 'a needle', [1, 2], { includeToolOutput: true });
  }),

  check('joins the parts of a message, and leaves out what an editor put before a request', async ({ store }) => {
    const request = '# Context\nfile needle.ts\n\n## My request for Codex:\n  do it ## My request for Codex: twice ';
    const items = [
      message('user', 'first part', 'second part'),
      message('assistant', 'firstpart', 'second'),
      userSays(request),
      message('user', request),
      agentSays(request),
      response('message', { role: 'user', content: [{ type: 'input_image', image_url: 'needle' }] }),
      response('message', { role: 'user', content: 'needle' }),
    ];
    const ids = await threadsSaying(store, items, (item) => item);
    await assertFound(store, ids, 'part second', [0]);
    await assertFound(store, ids, 'first part second part', [0]);
    await assertFound(store, ids, 'do it', [2, 3, 4]);
    await assertFound(store, ids, 'codex: twice', [2, 3, 4]);
    await assertFound(store, ids, 'needle', [4]);
  }),

  check('finds a word anywhere in a long message, and long words', async ({ store }) => {
    const numbered = Array.from({ length: 8_000 }, (_, n) => `w${n}`).join(' ');
    const repeated = `${'again and again '.repeat(20_000)} needle`;
    const long = 'x'.repeat(80);
    await assertSearches(
      store,
      [numbered, repeated, `${long}a ${long}b`, 'x'.repeat(64)],
      [
        ['w7999', [0]],
        ['needle', [1]],
        [`${long}a`, [2]],
        [`${long}b`, [2]],
        [`${long}c`, []],
        [`${long}a ${long}`, [2]],
        [`${long} `, [2]],
        ['x'.repeat(64), [2, 3]],
        ['x'.repeat(65), [2]],
      ],
    );
  }),
];

const wrong = [
  check('refuses a term without a letter or a digit, and other wrong input by name', async ({ store }) => {
    await threadsSaying(store, ['% _ \\ * .']);
    const search = (params: object): Promise<unknown> => store.searchThreads(params as never);
    for (const searchTerm of ['', ' ', '\n\t', '%', '_', '__', '\\', '*', '.*', '"', '...', '🚀', '-->', "' --"]) {
      await refusedField(search({ searchTerm }), 'searchTerm');
    }
    for (const searchTerm of [undefined, null, 7, ['x']]) await refusedInput(search({ searchTerm }), 'searchTerm');
    for (const pageSize of [-1, 1.5]) await refusedField(search({ searchTerm: 'x', pageSize }), 'pageSize');
    await refusedField(search({ searchTerm: 'x', includeToolOutput: 'yes' }), 'includeToolOutput');
    await refusedField(search({ searchTerm: 'x', archived: 'yes' }), 'archived');
    await refusedField(search({ searchTerm: 'x', cwdFilters: '/a' }), 'cwdFilters');
    await refusedField(search({ searchTerm: 'x', cursor: 7 }), 'cursor');
  }),

  checkWith(
    { limits: { searchTermBytesMax: 6 } },
    'takes a term of up to searchTermBytesMax bytes',
    async ({ store }) => {
      const ids = await threadsSaying(store, ['üüüü']);
      await assertFound(store, ids, 'üüü', [0]);
      const limit = { field: 'searchTerm', limit: 'searchTermBytesMax', max: 6, got: 7 };
      await refusedLimit(store.searchThreads({ searchTerm: 'üüüx' }), limit);
    },
  ),
];

const snippets = [
  check('shows the text around the first match, on one line and in its own case', async ({ store }) => {
    const snippet = async (searchTerm: string): Promise<string | undefined> =>
      (await allHits(store, { searchTerm }))[0]?.snippet;
    await threadsSaying(store, ['  Fix the\n\n\tDeploy script,  and deploy ']);
    assert.equal(await snippet('dePLOY'), 'Fix the Deploy script, and deploy');
    const numbers = Array.from({ length: 200 }, (_, n) => `n${n}`);
    const text = [...numbers, 'Middle Word', ...numbers].join(' ');
    await threadsSaying(store, [text]);
    const found = (await snippet('middle  word')) ?? '';
    assert.ok(found.startsWith('...') && found.endsWith('...'), found);
    const inner = found.slice(3, -3).trim();
    assert.ok(text.includes(inner), 'a piece of the text');
    const at = text.indexOf('Middle Word');
    const before = at - text.indexOf(inner);
    const after = text.indexOf(inner) + inner.length - at - 'Middle Word'.length;
    assert.ok(before >= 47 && before <= 48, `${before} characters before the match`);
    assert.ok(after >= 95 && after <= 96, `${after} characters after the match`);
  }),

  check('cuts only where there is more', async ({ store }) => {
    const [before, after] = ['b'.repeat(47), 'a'.repeat(95)];
    await threadsSaying(store, [`${before} exact ${after}`, `b${before} left ${after}`, `${before} right ${after}a`]);
    const snippet = async (searchTerm: string): Promise<string> =>
      (await allHits(store, { searchTerm }))[0]?.snippet ?? '';
    assert.equal(await snippet('exact'), `${before} exact ${after}`);
    const left = await snippet('left');
    assert.ok(left.startsWith('...') && left.endsWith(`${before} left ${after}`), left);
    const right = await snippet('right');
    assert.ok(right.startsWith(`${before} right ${after}`) && right.endsWith('...'), right);
  }),

  check('keeps characters whole', async ({ store }) => {
    await threadsSaying(store, [
      `${'🚀'.repeat(100)} needle ${'🚀'.repeat(100)}`,
      `x${'🚀'.repeat(100)} nail x${'🚀'.repeat(100)}`,
    ]);
    for (const searchTerm of ['needle', 'nail']) {
      const [hit] = await allHits(store, { searchTerm });
      assert.ok(hit?.snippet.isWellFormed() === true && hit.snippet.includes(searchTerm), hit?.snippet);
    }
  }),
];

export const searchPlacesChapter = chapter('searchThreads: places', ...places, ...snippets, ...wrong);
