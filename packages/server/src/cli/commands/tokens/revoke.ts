import type { ListedToken } from '../../../auth/token-list.ts';
import { CliError } from '../../cli-error.ts';
import { command } from '../../command.ts';
import { revokeTokenSettings } from '../../settings/token-settings.ts';
import { writeWhenReady } from '../../terminal.ts';
import { openTokenAudit } from './token-audit.ts';
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
    using audit = openTokenAudit(settings.auditLog, terminal.stderr);
    const revoked: ListedToken[] = [];
    await changeTokens(settings, (tokens) => {
      revoked.push(...tokens.filter((token) => token.id === id));
      // Never quotes what was typed: it may be the token itself.
      if (revoked.length === 0) throw new CliError('no token has that id (threadstore tokens list shows them)');
      return tokens.filter((token) => token.id !== id);
    });
    for (const token of revoked) audit.write('tokens revoke', token);
    await writeWhenReady(terminal.stdout, `revoked ${id}\n`);
    return 0;
  },
});
