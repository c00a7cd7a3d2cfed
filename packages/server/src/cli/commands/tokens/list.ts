import { command } from '../../command.ts';
import { jsonText } from '../../format/json-text.ts';
import { tableText, type Column } from '../../format/table.ts';
import { listTokensSettings } from '../../settings/token-settings.ts';
import { writeWhenReady } from '../../terminal.ts';
import { readTokens } from './token-file.ts';

const columns: readonly Column[] = [
  { title: 'TOKEN' },
  { title: 'TENANT' },
  { title: 'SCOPES' },
  { title: 'CREATED (UTC)' },
  { title: 'EXPIRES (UTC)' },
  { title: 'NOTE', min: 8 },
];

export const listTokensCommand = command({
  name: 'tokens list',
  summary: 'list the bearer tokens of a file',
  description: 'Lists the tokens of a file, by their ids. Their secrets are nowhere.',
  args: [],
  examples: [{ line: 'threadstore tokens list --tokens-file tokens.json', does: 'all of them' }],
  settings: listTokensSettings,
  run: async ({ settings, terminal }) => {
    const tokens = await readTokens(settings);
    if (settings.json.value) {
      for (const { sha256: _hash, ...token } of tokens) await writeWhenReady(terminal.stdout, `${jsonText(token)}\n`);
      return 0;
    }
    const rows = tokens.map(({ id, tenant, scopes, createdAt, expiresAt, note }) => [
      id,
      tenant,
      scopes.join(','),
      createdAt?.slice(0, 10) ?? '',
      expiresAt?.slice(0, 16) ?? 'never',
      note ?? '',
    ]);
    const text = rows.length === 0 ? 'no tokens\n' : tableText(columns, rows, terminal.columns);
    await writeWhenReady(terminal.stdout, text);
    return 0;
  },
});
