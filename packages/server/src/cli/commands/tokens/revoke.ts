import { CliError } from '../../cli-error.ts';
import { command } from '../../command.ts';
import { revokeTokenSettings } from '../../settings/token-settings.ts';
import { writeWhenReady } from '../../terminal.ts';
import { changeTokens } from './token-file.ts';

export const revokeTokenCommand = command({
  name: 'tokens revoke',
  summary: 'take a bearer token out of a file',
  description:
    'Takes a token out of a file. Services that read the file refuse it within seconds, and end its calls under way.',
  args: [{ name: '<token-id>', help: 'as threadstore tokens list prints it' }],
  examples: [{ line: 'threadstore tokens revoke 3f8a0c12b9d4 --tokens-file tokens.json', does: 'that one' }],
  settings: revokeTokenSettings,
  run: async ({ settings, args: [id = ''], terminal }) => {
    await changeTokens(settings, (tokens) => {
      const rest = tokens.filter((token) => token.id !== id);
      // Never quotes what was typed: it may be the token itself.
      if (rest.length === tokens.length)
        throw new CliError('no token has that id (threadstore tokens list shows them)');
      return rest;
    });
    await writeWhenReady(terminal.stdout, `revoked ${id}\n`);
    return 0;
  },
});
