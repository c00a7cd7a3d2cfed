import type { ListThreadsParams, SessionSource, ThreadRelation } from '@threadstore/core';
import { parseSourceText } from '@threadstore/core/internal';
import { usageError } from '../cli-error.ts';
import type { threadQuerySettings } from '../settings/reading-settings.ts';
import type { ResolvedSettings } from '../settings/setting.ts';

type QuerySettings = ResolvedSettings<typeof threadQuerySettings>;

/** Which threads the settings ask for, and in which order. */
export function threadQuery(given: QuerySettings): Omit<ListThreadsParams, 'searchTerm'> {
  return {
    sortKey: `${given.sort.value}_at`,
    sortDirection: given.order.value,
    archived: given.archived.value,
    modelProviders: given.modelProviders.value,
    cwdFilters: given.cwds.value,
    allowedSources: (given.sources.value ?? []).map((text) => source(text, given.sources.name)),
    relation: relation(given),
  };
}

function relation({ childrenOf, descendantsOf, forksOf }: QuerySettings): ThreadRelation | null {
  const [first, second] = [childrenOf, descendantsOf, forksOf].filter(({ value }) => value !== null);
  if (first !== undefined && second !== undefined) throw usageError(`${second.name}: not together with ${first.name}`);
  if (childrenOf.value !== null) return { directChildrenOf: childrenOf.value };
  if (forksOf.value !== null) return { forksOf: forksOf.value };
  return descendantsOf.value === null ? null : { descendantsOf: descendantsOf.value };
}

function source(text: string, flag: string): SessionSource {
  try {
    return parseSourceText(text);
  } catch {
    throw usageError(`${flag}: expected a word or a JSON object`);
  }
}
