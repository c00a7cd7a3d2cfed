import { integer, list, oneOf, toggle, words } from './readers.ts';
import { optional, setting, type Setting } from './setting.ts';
import { includeArchived, jsonDefinition } from './settings.ts';

const limit = (what: string): Setting<number> =>
  setting(
    {
      flag: '--limit',
      placeholder: '<count>',
      help: `${what} to show at most; 0: all`,
      read: integer(0, Number.MAX_SAFE_INTEGER),
    },
    '50',
  );

const json = (what: string): Setting<boolean> => setting({ ...jsonDefinition, help: `print ${what}` }, 'false');

const threadOrder = {
  sort: setting(
    {
      flag: '--sort',
      placeholder: '<time>',
      help: 'created, updated or recency',
      read: oneOf(['created', 'updated', 'recency']),
    },
    'recency',
  ),
  order: setting(
    { flag: '--order', placeholder: '<order>', help: 'desc or asc', read: oneOf(['desc', 'asc']) },
    'desc',
  ),
};

const group = 'Filters:';
const several = { read: list, repeatable: true, group };

/** Which threads. */
const threadFilters = {
  archived: setting(
    { flag: '--archived', placeholder: null, help: 'archived threads, and only those', read: toggle, group },
    'false',
  ),
  sources: optional({
    ...several,
    flag: '--source',
    placeholder: '<source>',
    help: 'a word such as cli, or the JSON of a structured source; may be repeated',
  }),
  modelProviders: optional({
    ...several,
    flag: '--model-provider',
    placeholder: '<name>',
    help: 'may be repeated',
  }),
  cwds: optional({
    ...several,
    flag: '--cwd',
    placeholder: '<dir>',
    help: 'the working directory, as it is spelled; may be repeated',
  }),
  childrenOf: optional({
    flag: '--children-of',
    placeholder: '<thread-id>',
    help: 'threads one step below this one',
    read: words,
    group,
  }),
  descendantsOf: optional({
    flag: '--descendants-of',
    placeholder: '<thread-id>',
    help: 'threads at any depth below this one',
    read: words,
    group,
  }),
  forksOf: optional({
    flag: '--forks-of',
    placeholder: '<thread-id>',
    help: 'threads that were forked from this one',
    read: words,
    group,
  }),
};

/** Which threads, and in which order. */
export const threadQuerySettings = { ...threadOrder, ...threadFilters };

export const listSettings = {
  limit: limit('threads'),
  ...threadOrder,
  json: json('one JSON object per thread and line'),
  search: optional({
    flag: '--search',
    placeholder: '<text>',
    help: 'a part of the name, title or preview, as it is spelled',
    read: words,
    group,
  }),
  ...threadFilters,
};

export const searchSettings = {
  limit: limit('threads'),
  ...threadOrder,
  toolOutput: setting(
    { flag: '--tool-output', placeholder: null, help: 'search in the output of tools, too', read: toggle },
    'false',
  ),
  json: json('one JSON object per hit and line'),
  ...threadFilters,
};

export const showSettings = {
  last: setting(
    {
      flag: '--last',
      placeholder: '<count>',
      help: 'how many of the last items to name',
      read: integer(0, 1_000),
    },
    '10',
  ),
  json: json('a JSON object'),
};

const cursor = optional({
  flag: '--cursor',
  placeholder: '<cursor>',
  help: 'where to go on: a cursor that was printed for the same thread',
  read: words,
});

export const turnsSettings = {
  limit: limit('turns'),
  cursor,
  asc: setting({ flag: '--asc', placeholder: null, help: 'the earliest first', read: toggle }, 'false'),
  view: setting(
    {
      flag: '--view',
      placeholder: '<view>',
      help: "how much of a turn's items comes with it: notLoaded, summary or full",
      read: oneOf(['notLoaded', 'summary', 'full']),
    },
    'summary',
  ),
  includeArchived,
  json: json('one JSON object per page and line, with its cursors'),
};

export const itemsSettings = {
  turn: optional({
    flag: '--turn',
    placeholder: '<turn-id>',
    help: 'only the items of this turn',
    read: words,
  }),
  limit: limit('items'),
  cursor,
  desc: setting({ flag: '--desc', placeholder: null, help: 'the latest first', read: toggle }, 'false'),
  includeArchived,
  json: json('one JSON object per page and line, with its cursors'),
};
