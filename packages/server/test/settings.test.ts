import { defaultLimits } from '@threadstore/core';
import { describe, expect, test } from 'vitest';
import { commands } from '../src/cli/commands/commands.ts';
import { limitSettings, limitsOf } from '../src/cli/settings/limit-settings.ts';
import { resolveSetting, resolveSettings, type FlagTexts, type Setting } from '../src/cli/settings/setting.ts';
import { run } from './support/fake-terminal.ts';

const none: FlagTexts = new Map();

function settingOf(command: string, flag: string): Setting<unknown> {
  const found = Object.values(commands.find(({ name }) => name === command)?.settings ?? {}).find(
    (one) => one.flag === flag,
  );
  if (found === undefined) throw new Error(`${command} has no ${flag}`);
  return found;
}

const withVariable = commands.flatMap(({ name, settings }) =>
  Object.values(settings)
    .filter(({ env }) => env.length > 0)
    .map((setting) => ({ command: name, setting })),
);

/** A text that is right for a setting, and the value that it stands for, other than the default. */
const rightTexts: Readonly<Record<string, readonly [string, unknown]>> = {
  '--listen': ['[::1]:0', { host: '::1', port: 0 }],
  '--codex-listen': ['localhost:0', { host: 'localhost', port: 0 }],
  '--metrics-listen': ['localhost:9090', { host: 'localhost', port: 9090 }],
  '--endpoint': ['a.test:443, [::1]:444', 'a.test:443, [::1]:444'],
  '--data-dir': ['/srv/threads', '/srv/threads'],
  '--database-url': ['postgresql://u:p@db.test/threads', 'postgresql://u:p@db.test/threads'],
  '--log-level': ['debug', 'debug'],
  '--migrate': ['true', true],
  '--reflection': ['false', false],
  '--index-on-append': ['false', false],
  '--item-bytes-max': ['2MiB', 2 * 1024 * 1024],
  '--append-bytes-max': ['32 MiB', 32 * 1024 * 1024],
  '--sort': ['created', 'created'],
  '--order': ['asc', 'asc'],
  '--output': ['x.jsonl', 'x.jsonl'],
  '--search': ['a b', 'a b'],
  '--children-of': ['x', 'x'],
  '--descendants-of': ['x', 'x'],
  '--forks-of': ['x', 'x'],
  '--new-id': ['x', 'x'],
  '--before-turn': ['x', 'x'],
  '--through-turn': ['x', 'x'],
  '--source': ['cli', ['cli']],
  '--model-provider': ['x', ['x']],
  '--cwd': ['/a b', ['/a b']],
  '--cursor': ['x', 'x'],
  '--turn': ['x', 'x'],
  '--thread': ['x', 'x'],
  '--grant-to': ['x', 'x'],
  '--audit-log': ['x', 'x'],
  '--view': ['full', 'full'],
};
const switches = [
  '--steal',
  '--json',
  '--include-archived',
  '--archived',
  '--asc',
  '--desc',
  '--tool-output',
  '--codex-allow-remote',
  '--enforce-tenants',
  '--allow-unsafe-database',
];

function rightText({ flag }: Setting<unknown>): readonly [string, unknown] {
  if (switches.includes(flag)) return ['yes', true];
  return rightTexts[flag] ?? ['123', 123];
}

/** Texts that no setting of that flag takes. A database URL is not shown, so it is told apart below. */
const wrongTexts: Readonly<Record<string, readonly string[]>> = {
  '--listen': ['50051', 'localhost', 'host:70000', 'http://127.0.0.1:1', 'a b:1', '::1:50051'],
  '--codex-listen': ['50052', 'on'],
  '--metrics-listen': ['9090', 'on'],
  '--codex-allow-remote': ['perhaps'],
  '--enforce-tenants': ['perhaps'],
  '--allow-unsafe-database': ['perhaps'],
  '--endpoint': ['50051', 'localhost', ':50051', 'localhost:0', 'a.test:443,', 'a.test:443,b.test'],
  '--data-dir': ['a\0b'],
  '--sort': ['age'],
  '--order': ['down'],
  '--database-url': ['threads', 'mysql://localhost/threads', 'postgres:threads', 'postgres://user@:99999999/x'],
  '--log-level': ['loud', 'INFO'],
  '--migrate': ['maybe', '2'],
  '--reflection': ['perhaps'],
  '--index-on-append': ['perhaps'],
  '--view': ['half'],
};
const freeTexts = [
  '--output',
  '--search',
  '--children-of',
  '--descendants-of',
  '--forks-of',
  '--new-id',
  '--before-turn',
  '--through-turn',
  '--source',
  '--model-provider',
  '--cwd',
  '--cursor',
  '--turn',
  '--thread',
  '--grant-to',
  '--audit-log',
];
const withArgument = ['fork', 'import', 'export', 'show', 'turns', 'items', 'search'];
const wrongNumbers = ['-1', 'ten', '1.5', '99999999999999999999', '1e3', '0x10', ' 7'];

function wrongTextsOf({ flag }: Setting<unknown>): readonly string[] {
  return freeTexts.includes(flag) ? [] : (wrongTexts[flag] ?? wrongNumbers);
}

const withWrongTexts = withVariable.filter(({ setting }) => wrongTextsOf(setting).length > 0);

describe('settings', () => {
  test.each(withVariable)(
    '$command $setting.flag: the flag counts before the variable, the variable before the default',
    ({ setting }) => {
      const [text, value] = rightText(setting);
      const [variable = ''] = setting.env;
      expect(resolveSetting(setting, new Map([[setting.flag, text]]), {})).toMatchObject({ value, origin: 'flag' });
      const fromVariable = { value, origin: 'variable', name: variable };
      expect(resolveSetting(setting, none, { [variable]: text })).toEqual(fromVariable);
      const wrong = wrongTexts[setting.flag]?.[0] ?? 'ten';
      expect(resolveSetting(setting, new Map([[setting.flag, text]]), { [variable]: wrong }).value).toEqual(value);
      expect(resolveSetting(setting, none, { [variable]: '' }).origin).toBe('default');
      expect(resolveSetting(setting, none, {}).value).not.toEqual(value);
    },
  );

  test.each(withWrongTexts)(
    '$command $setting.flag: a wrong text is refused by name, before anything is done',
    async ({ command, setting }) => {
      const rest = withArgument.includes(command) ? ['x'] : [];
      const isSwitch = setting.placeholder === null;
      for (const wrong of wrongTextsOf(setting)) {
        const [variable = ''] = setting.env;
        const byVariable = await run([command, ...rest], { [variable]: wrong });
        expect(byVariable).toMatchObject({ exitCode: 2, stdout: '' });
        expect(byVariable.stderr).toMatch(new RegExp(`^threadstore: ${variable}: [^\n]+\n$`));
        if (isSwitch) continue;
        const byFlag = await run([command, `${setting.flag}=${wrong}`, ...rest]);
        expect(byFlag).toMatchObject({ exitCode: 2, stdout: '' });
        expect(byFlag.stderr).toMatch(new RegExp(`^threadstore: ${setting.flag}: [^\n]+\n$`));
      }
    },
  );

  test('a variable has one meaning in all commands', () => {
    const meanings = withVariable.flatMap(({ setting: { env, flag } }) => env.map((variable) => ({ variable, flag })));
    for (const { variable, flag } of meanings.filter((one) => one.variable !== 'DATABASE_URL')) {
      expect(variable).toBe(`THREADSTORE_${flag.slice(2).toUpperCase().replaceAll('-', '_')}`);
    }
  });

  test('DATABASE_URL counts after THREADSTORE_DATABASE_URL', () => {
    const setting = settingOf('serve', '--database-url');
    const both = { THREADSTORE_DATABASE_URL: 'postgres://a/a', DATABASE_URL: 'postgres://b/b' };
    expect(resolveSetting(setting, none, both)).toMatchObject({
      value: 'postgres://a/a',
      name: 'THREADSTORE_DATABASE_URL',
    });
    const empty = { ...both, THREADSTORE_DATABASE_URL: '' };
    expect(resolveSetting(setting, none, empty)).toMatchObject({ value: 'postgres://b/b', name: 'DATABASE_URL' });
  });

  test('a wrong database URL is not shown: it may hold a password', async () => {
    const { stderr } = await run(['serve', '--database-url', 'postgre://user:secret@db/threads']);
    expect(stderr).toContain('--database-url: ');
    expect(stderr).not.toContain('secret');
  });

  test('what a command was started with is refused when it contradicts itself', async () => {
    const both = await run(['serve', '--data-dir', 'x', '--database-url', 'postgres://localhost/x']);
    expect(both).toMatchObject({ exitCode: 2, stderr: 'threadstore: --data-dir: not together with --database-url\n' });
    const item = await run(['serve', '--item-bytes-max', '20MiB']);
    expect(item).toMatchObject({ exitCode: 2 });
    expect(item.stderr).toMatch(/^threadstore: --item-bytes-max: more than --append-bytes-max/);
    const page = await run(['serve'], { THREADSTORE_PAGE_SIZE_MAX: '10' });
    expect(page).toMatchObject({ exitCode: 2 });
    expect(page.stderr).toMatch(/^threadstore: THREADSTORE_PAGE_SIZE_MAX: less than --page-size-default/);
  });

  test('every limit has its setting, and defaults to the default', () => {
    expect(limitsOf(resolveSettings(limitSettings, none, {}))).toEqual(defaultLimits);
    expect(Object.keys(limitSettings).toSorted()).toEqual(Object.keys(defaultLimits).toSorted());
  });
});

describe('usage', () => {
  test.each([
    [['serve', '--lisen', 'x'], /unknown option '--lisen'.*--listen/s],
    [['serv'], /unknown command 'serv'/],
    [['serve', 'extra'], /too many arguments/],
    [['show'], /missing required argument 'thread-id'/],
    [['import'], /missing required argument 'files'/],
    [['serve', '--listen'], /option '--listen <host:port>' argument missing/],
    [['serve', '--codex-listen', '0.0.0.0:0'], /^threadstore: --codex-listen: beyond loopback/],
    [['serve', '--codex-listen', ':0'], /^threadstore: --codex-listen: .*--codex-allow-remote/],
    [['list', '--limit', 'many'], /^threadstore: --limit: /],
    [['list', '--sort', 'age'], /^threadstore: --sort: expected created, updated, recency/],
    [['list', '--source', '{"a'], /^threadstore: --source: /],
    [['list', '--children-of', 'a', '--descendants-of', 'b'], /--descendants-of: not together with --children-of/],
  ])('%j: one line, exit code 2', async (args, message) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr.startsWith('threadstore: ')).toBe(true);
  });

  test('without a command the help is shown, on stderr', async () => {
    const { exitCode, stdout, stderr } = await run([]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('First steps:');
  });

  test('the help of a command names each flag with its variables, its default, and examples', async () => {
    for (const { name, settings, examples } of commands) {
      const { exitCode, stdout, stderr } = await run([name, '--help'], {}, 400);
      expect(exitCode).toBe(0);
      expect(stderr).toBe('');
      // Long lines are folded.
      const entries = stdout
        .slice(stdout.indexOf('Options:'))
        .replaceAll(/\s+/g, ' ')
        .split(/ (?=--\S+ (?:<\S+> )?[a-zA-Z])/);
      for (const { flag, env, fallback, placeholder } of Object.values(settings)) {
        const isOn = placeholder === null && fallback === 'true';
        const entry = entries.find((one) => one.startsWith(`${isOn ? flag.replace('--', '--no-') : flag} `));
        expect(entry ?? `${flag} is missing`).toContain(flag.replace('--', ''));
        for (const variable of env) expect(entry).toContain(variable);
        const shown = placeholder !== null && fallback !== null ? `default ${fallback}` : '';
        expect(entry).toContain(shown);
      }
      for (const { line } of examples) expect(stdout).toContain(line);
    }
  });

  test('version', async () => {
    const { stdout } = await run(['version']);
    expect(stdout).toMatch(/^threadstore \d+\.\d+\.\d+\n$/);
    expect((await run(['--version'])).stdout).toBe(stdout.replace('threadstore ', ''));
    const unreachable = await run(['version', '--endpoint', '127.0.0.1:1']);
    expect(unreachable).toMatchObject({ exitCode: 1, stdout: `${stdout}service 127.0.0.1:1: UNREACHABLE\n` });
    const both = await run(['version', '--endpoint', '127.0.0.1:1, 127.0.0.1:2']);
    expect(both).toMatchObject({
      exitCode: 1,
      stdout: `${stdout}service 127.0.0.1:1: UNREACHABLE\nservice 127.0.0.1:2: UNREACHABLE\n`,
    });
  });
});
