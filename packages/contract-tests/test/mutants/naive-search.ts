import type { SearchThreadsParams, ThreadSearchHit, ThreadStore } from '@threadstore/core';
import type { Mutation } from './mutant.ts';

/** How a search is done, part by part, for mutants to change. */
export interface NaiveSearch {
  /** Where the term is in a text that a message or an output has, or null. */
  readonly match: (text: string, term: string) => { readonly at: number; readonly length: number } | null;
  /** What is searched of an item. */
  readonly said: (item: SaidItem) => string | null;
  readonly snippet: (text: string, at: number, length: number) => string;
  /** The one of the hits of a thread, which are in their order, that is told. */
  readonly pick: (hits: readonly ThreadSearchHit[]) => ThreadSearchHit | undefined;
  readonly withHidden: boolean;
}

interface SaidItem {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly withTools: boolean;
}

const inWord = String.raw`[\p{L}\p{M}\p{N}_]`;
const alone = String.raw`[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]`;

export function patternOf(term: string): string {
  return term
    .trim()
    .split(/\s+/u)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`))
    .join(String.raw`\s+`);
}

export function found(text: string, pattern: RegExp): { at: number; length: number } | null {
  const match = pattern.exec(text);
  return match === null ? null : { at: match.index, length: match[0].length };
}

/** Where the pattern is found from the start of a word on, if the term begins with a character of a word. */
export function foundFromWordStart(
  text: string,
  term: string,
  pattern: string,
  loneCharacter = alone,
): { at: number; length: number } | null {
  const begins = new RegExp(`^(?!${loneCharacter})${inWord}`, 'u').test(term.trim());
  return found(text, new RegExp(begins ? `(?<!(?!${loneCharacter})${inWord})${pattern}` : pattern, 'iu'));
}

function joined(content: unknown): string | null {
  if (!Array.isArray(content)) return null;
  return content
    .map((part: { text?: unknown }) => part.text)
    .filter((text) => typeof text === 'string')
    .join(' ');
}

function afterMarker(text: string): string {
  const marker = '## My request for Codex:';
  const at = text.indexOf(marker);
  return at === -1 ? text : text.slice(at + marker.length);
}

/** A search that is right as far as the contract goes, and slow. */
export const naiveSearch: NaiveSearch = {
  match: (text, term) => foundFromWordStart(text, term, patternOf(term)),
  said: ({ type, payload, withTools }) => {
    const { type: kind, message, role, content, output } = payload;
    if (type === 'event_msg' && kind === 'user_message')
      return typeof message === 'string' ? afterMarker(message) : null;
    if (type === 'event_msg' && kind === 'agent_message') return typeof message === 'string' ? message : null;
    if (type !== 'response_item') return null;
    if (kind === 'message' && role === 'user') return afterMarker(joined(content) ?? '');
    if (kind === 'message' && role === 'assistant') return joined(content);
    if (!withTools || (kind !== 'function_call_output' && kind !== 'custom_tool_call_output')) return null;
    return (typeof output === 'string' ? output : joined(output))?.slice(0, 65_536) ?? null;
  },
  snippet: (text, at, length) => {
    const [from, until] = [Math.max(0, at - 48), at + length + 96];
    const piece = text
      .slice(from, until)
      .replace(/^[\udc00-\udfff]/, '')
      .replace(/[\ud800-\udbff]$/, '');
    return `${from > 0 ? '...' : ''}${piece}${until < text.length ? '...' : ''}`;
  },
  pick: (hits) => hits.at(-1),
  withHidden: false,
};

/** A store that searches naively: one page that has everything, whatever is asked for. */
export function searching(store: ThreadStore, search: NaiveSearch): Mutation {
  const hitsOf = async (
    thread: ThreadSearchHit['thread'],
    { searchTerm, includeToolOutput: withTools = false }: SearchThreadsParams,
  ): Promise<ThreadSearchHit[]> => {
    const { threadId } = thread;
    const visible = (await store.listItems({ threadId, includeArchived: true, pageSize: 200 })).items;
    const all = (await store.loadHistory({ threadId, includeArchived: true })).items;
    const turns = new Map(visible.map(({ ordinal, turnId }) => [ordinal, turnId]));
    const everything = all.map((json, n) => ({ json, ordinal: BigInt(n), turnId: turns.get(BigInt(n)) ?? null }));
    const items = search.withHidden ? everything : visible;
    return items.flatMap(({ json, ordinal, turnId }) => {
      const { type, payload } = JSON.parse(json) as { type: string; payload?: Record<string, unknown> };
      const said = search.said({ type, payload: payload ?? {}, withTools });
      if (said === null) return [];
      const text = said.toWellFormed().trim().replaceAll(/\s+/gu, ' ');
      const match = search.match(text, searchTerm);
      return match === null ? [] : [{ thread, ordinal, turnId, snippet: search.snippet(text, match.at, match.length) }];
    });
  };
  return {
    searchThreads: async (params, options) => {
      // What is refused is refused.
      const { nextCursor } = await store.searchThreads(params, options);
      if (typeof params.cursor === 'string') return { hits: [], nextCursor };
      const { searchTerm: _, includeToolOutput: __, pageSize: ___, ...rest } = params;
      const { threads } = await store.listThreads({ ...rest, pageSize: 200 });
      const hits: ThreadSearchHit[] = [];
      for (const thread of threads) {
        const hit = search.pick(await hitsOf(thread, params));
        if (hit !== undefined) hits.push(hit);
      }
      return { hits, nextCursor: null };
    },
  };
}
