import { ThreadStoreError, type SearchThreadsParams, type ThreadSearchPage, type ThreadStore } from '@threadstore/core';
import type { Mutant } from './mutant.ts';
import { found, foundFromWordStart, naiveSearch, patternOf, searching, type NaiveSearch } from './naive-search.ts';

const words = 'searchThreads: words';
const places = 'searchThreads: places';
const base = 'searchThreads';

function searcher(mistake: string, chapters: readonly string[], change: Partial<NaiveSearch>): Mutant {
  return { mistake, chapters, mutate: (store) => searching(store, { ...naiveSearch, ...change }) };
}

function matcher(mistake: string, match: NaiveSearch['match']): Mutant {
  return searcher(mistake, [words], { match });
}

const matchMutants: readonly Mutant[] = [
  matcher('finds a term within words', (text, term) => found(text, new RegExp(patternOf(term), 'iu'))),
  matcher('finds whole words alone', (text, term) =>
    found(text, new RegExp(`(?<![\\p{L}\\p{N}_])${patternOf(term)}(?![\\p{L}\\p{N}_])`, 'iu')),
  ),
  matcher('minds the case', (text, term) => (text.includes(term.trim()) ? naiveSearch.match(text, term) : null)),
  matcher('folds the case of ASCII alone', (text, term) =>
    fold(text).includes(fold(term.trim().replaceAll(/\s+/gu, ' '))) ? naiveSearch.match(text, term) : null,
  ),
  matcher('finds the words in any order', (text, term) =>
    term
      .trim()
      .split(/\s+/u)
      .every((word) => naiveSearch.match(text, word))
      ? { at: 0, length: 1 }
      : null,
  ),
  matcher('takes % and _ for wildcards', (text, term) =>
    foundFromWordStart(text, term, patternOf(term).replaceAll('%', '.*').replaceAll('_', '.')),
  ),
  matcher('takes a term for a pattern', (text, term) => {
    try {
      return foundFromWordStart(text, term, term.trim().replaceAll(/\s+/gu, ' '));
    } catch {
      return naiveSearch.match(text, term);
    }
  }),
  matcher('ignores what is no word', (text, term) => naiveSearch.match(onlyWords(text), onlyWords(term))),
  matcher('drops marks and accents', (text, term) => naiveSearch.match(bare(text), bare(term))),
  // No character stands alone then.
  matcher('knows no script without spaces', (text, term) => foundFromWordStart(text, term, patternOf(term), '(?!)')),
  matcher(
    'parts words at underscores',
    (text, term) => naiveSearch.match(text, term) ?? found(text, new RegExp(`(?<=_)${patternOf(term)}`, 'iu')),
  ),
  matcher('minds white space', (text, term) =>
    text.includes(term) || !/\s\s/.test(term) ? naiveSearch.match(text, term) : null,
  ),
];

function fold(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function onlyWords(text: string): string {
  return text.replaceAll(/[^\p{L}\p{M}\p{N}_]+/gu, ' ').trim();
}

function bare(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '');
}

const { said, snippet } = naiveSearch;

const placeMutants: readonly Mutant[] = [
  searcher('searches all that is stored', [places], { said: (item) => said(item) ?? JSON.stringify(item.payload) }),
  searcher('searches reasoning', [places], {
    said: (item) => (item.payload['type'] === 'agent_reasoning' ? String(item.payload['text']) : said(item)),
  }),
  searcher('searches the messages of developers', [places], {
    said: (item) => said({ ...item, payload: { ...item.payload, role: item.payload['role'] && 'assistant' } }),
  }),
  searcher('leaves commentary out', [places], {
    said: (item) => (item.payload['phase'] === 'commentary' ? null : said(item)),
  }),
  searcher('searches events alone', [places, 'recorded sessions', base], {
    said: (item) => (item.payload['type'] === 'message' ? null : said(item)),
  }),
  searcher('always searches what tools put out', [places, 'recorded sessions'], {
    said: (item) => said({ ...item, withTools: true }),
  }),
  searcher('never searches what tools put out', [places, 'recorded sessions'], {
    said: (item) => said({ ...item, withTools: false }),
  }),
  searcher('searches long messages in their beginnings', [places], {
    said: (item) => said(item)?.slice(0, 65_536) ?? null,
  }),
  searcher('joins the parts of a message without a space', [places], {
    said: (item) =>
      Array.isArray(item.payload['content']) ? (said(item)?.replace('part second', 'partsecond') ?? null) : said(item),
  }),
  searcher('searches what an editor put before a request', [places], {
    said: (item) =>
      item.payload['type'] === 'user_message' ? JSON.stringify(item.payload['message'] ?? '') : said(item),
  }),
  searcher('shows snippets in lower case', [places], { snippet: (...args) => snippet(...args).toLowerCase() }),
  searcher('shows whole messages for snippets', [places], { snippet: (text) => text }),
  searcher('does not tell that a snippet is cut', [places], {
    snippet: (...args) => snippet(...args).replaceAll('...', ''),
  }),
  searcher('cuts characters in two', [places], {
    snippet: (text, at, length) => {
      const [from, until] = [Math.max(at - 48, 0), at + length + 96];
      return `${from > 0 ? '...' : ''}${text.slice(from, until)}${until < text.length ? '...' : ''}`;
    },
  }),
  searcher('tells the first message that matches', [base, 'recorded sessions'], { pick: (hits) => hits[0] }),
  searcher('finds what a rollback hides', [base, 'recorded sessions'], { withHidden: true }),
];

function paging(
  mistake: string,
  search: (store: ThreadStore, params: SearchThreadsParams) => Promise<ThreadSearchPage>,
): Mutant {
  return { mistake, chapters: [base], mutate: (store) => ({ searchThreads: (params) => search(store, params) }) };
}

const pageMutants: readonly Mutant[] = [
  paging('searches the archive with all else', async (store, params) => {
    const page = await store.searchThreads(params);
    if (page.nextCursor !== null || params.archived === true || typeof params.cursor === 'string') return page;
    const { hits } = await store.searchThreads({ ...params, archived: true });
    return { ...page, hits: [...page.hits, ...hits] };
  }),
  paging('orders hits by when they were made', async (store, params) => {
    const { sortKey: _, ...rest } = params;
    return store.searchThreads(rest);
  }),
  paging('ignores the directories', (store, { cwdFilters: _, ...params }) => store.searchThreads(params)),
  paging('ignores the sources', (store, { allowedSources: _, ...params }) => store.searchThreads(params)),
  paging('ignores the relation', (store, { relation: _, ...params }) => store.searchThreads(params)),
  paging('ends a walk after a page', async (store, params) => ({
    ...(await store.searchThreads(params)),
    nextCursor: null,
  })),
  paging('begins again at a cursor that it does not know', (store, params) =>
    store.searchThreads(params).catch((error: unknown) => {
      if (!(error instanceof ThreadStoreError) || !error.reason.includes('CURSOR')) throw error;
      return store.searchThreads({ ...params, cursor: null });
    }),
  ),
  paging('tells no turn', async (store, params) => {
    const page = await store.searchThreads(params);
    return { ...page, hits: page.hits.map((hit) => ({ ...hit, turnId: null })) };
  }),
  paging('tells the ordinal after the hit', async (store, params) => {
    const page = await store.searchThreads(params);
    return { ...page, hits: page.hits.map((hit) => ({ ...hit, ordinal: hit.ordinal + 1n })) };
  }),
  paging(
    'remembers what it found',
    (() => {
      const known = new Map<string, ThreadSearchPage>();
      return async (store: ThreadStore, params: SearchThreadsParams) => {
        const key = JSON.stringify(params);
        const page = known.get(key) ?? (await store.searchThreads(params));
        known.set(key, page);
        return page;
      };
    })(),
  ),
];

export const searchMutants: readonly Mutant[] = [...matchMutants, ...placeMutants, ...pageMutants];
