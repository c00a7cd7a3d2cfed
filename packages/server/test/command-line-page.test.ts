import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commands } from '../src/cli/commands/commands.ts';

const page = readFileSync(new URL('../../../docs/command-line.md', import.meta.url), 'utf8');

/** The part of the page about one command. */
function sectionOf(name: string): string {
  return page.split(/^## /m).find((section) => /^threadstore ([a-z ]+?)( <|$)/m.exec(section)?.[1] === name) ?? '';
}

describe('docs/command-line.md', () => {
  test.each(commands.map((command) => [command.name, command] as const))(
    'tells every setting of %s',
    (name, command) => {
      const rows = sectionOf(name)
        .split('\n')
        .filter((line) => line.startsWith('| `--'));
      const told = rows.map((row) => row.split('|').map((cell) => cell.trim()));
      const expected = Object.values(command.settings).map((setting) => {
        const isOn = setting.placeholder === null && setting.fallback === 'true';
        const flag = isOn ? setting.flag.replace('--', '--no-') : setting.flag;
        return [
          setting.placeholder === null ? `\`${flag}\`` : `\`${flag} ${setting.placeholder}\``,
          setting.env.map((variable) => `\`${variable}\``).join(', '),
          setting.placeholder === null || setting.fallback === null ? '' : `\`${setting.fallback}\``,
        ];
      });
      expect(told.map((cells) => cells.slice(1, 4))).toEqual(expected);
    },
  );

  test('tells of no other command', () => {
    const told = [...page.matchAll(/^## threadstore ([a-z]+(?: [a-z]+)?)(?= <|$)/gm)].map(([, name]) => name);
    expect(told).toEqual(commands.map(({ name }) => name));
  });
});
