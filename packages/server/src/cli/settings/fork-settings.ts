import { integer, words } from './readers.ts';
import { optional, type Setting } from './setting.ts';
import { includeArchived } from './settings.ts';

const group = 'Where it ends, if not at the end:';

const turn = (flag: string, help: string): Setting<string | null> =>
  optional({ flag, placeholder: '<turn-id>', help, read: words, group });

const count = (flag: string, placeholder: string, help: string): Setting<number | null> =>
  optional({ flag, placeholder, help, read: integer(0, Number.MAX_SAFE_INTEGER), group });

export const forkSettings = {
  newId: optional({
    flag: '--new-id',
    placeholder: '<thread-id>',
    help: 'id of the new thread; default: a random one',
    read: words,
  }),
  includeArchived,
  beforeOrdinal: count('--before-ordinal', '<ordinal>', 'before this item'),
  beforeTurn: turn('--before-turn', 'before this turn'),
  throughTurn: turn('--through-turn', 'at the end of this turn'),
  beforeUserMessage: count(
    '--before-user-message',
    '<number>',
    'before this message of the user, counted from 0; past the last one: at the end, but for a turn under way',
  ),
};
