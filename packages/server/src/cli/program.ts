import { Command as Commander, CommanderError, Option } from 'commander';
import { threadStoreVersion } from '../version.ts';
import { CliError } from './cli-error.ts';
import type { Command, ExitCode } from './command.ts';
import { commandGroups, commands } from './commands/commands.ts';
import { failureText } from './failure-text.ts';
import { resolveSettings, type Environment, type FlagTexts, type Setting } from './settings/setting.ts';
import { isBrokenPipe, type Terminal } from './terminal.ts';

const introduction = `A store for the threads of AI agents: a gRPC service that keeps them in Postgres, and commands that talk to it.

Every flag has an environment variable of the same meaning, given beside it; the flag counts before the variable.`;

const firstSteps = `
First steps:
  $ threadstore serve                        a service on 127.0.0.1:50051, with an embedded Postgres in ./threadstore-data
  $ threadstore import ~/.codex/sessions/2026/01/31/*.jsonl
  $ threadstore list
  $ threadstore show <thread-id>
  $ threadstore export <thread-id> > thread.jsonl

Exit codes: 0 done; 1 the operation failed; 2 bad configuration or usage.`;

/** Runs the command that the arguments name. Resolves to the exit code; prints what went wrong, one line, on stderr. */
export async function runProgram(argv: readonly string[], env: Environment, terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const run = async (command: Command, args: readonly string[], flags: FlagTexts): Promise<void> => {
    const settings = resolveSettings(command.settings, flags, env);
    exitCode = await command.run({ settings, args, terminal, env });
  };
  try {
    await program(terminal, run).parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    return failed(error, terminal);
  }
}

type Run = (command: Command, args: readonly string[], flags: FlagTexts) => Promise<void>;

function failed(error: unknown, terminal: Terminal): ExitCode {
  // Help and version are thrown, too.
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (isBrokenPipe(error)) return 0;
  if (error instanceof CommanderError) {
    // Without arguments commander shows the help; that is not what was asked for.
    if (error.code !== 'commander.help') {
      terminal.stderr.write(`threadstore: ${error.message.replace(/^error: /, '')} (try --help)\n`);
    }
    return 2;
  }
  terminal.stderr.write(`threadstore: ${failureText(error)}\n`);
  return error instanceof CliError ? error.exitCode : 1;
}

function program(terminal: Terminal, run: Run): Commander {
  const root = new Commander('threadstore')
    .description(introduction)
    .version(threadStoreVersion, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', firstSteps)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      // Printed by `failed`, in the one form that all failures have.
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(terminal.columns, 120),
    });
  for (const command of commands) {
    const [group = '', name = group] = command.name.split(' ');
    const parent = name === group ? root : groupOf(root, group);
    parent.addCommand(subcommand(command, name, run).copyInheritedSettings(root));
  }
  return root;
}

function groupOf(root: Commander, name: string): Commander {
  const known = root.commands.find((one) => one.name() === name);
  if (known !== undefined) return known;
  const made = new Commander(name).description(commandGroups[name] ?? '').copyInheritedSettings(root);
  root.addCommand(made);
  return made;
}

function subcommand(command: Command, name: string, run: Run): Commander {
  const sub = new Commander(name).summary(command.summary).description(command.description);
  for (const arg of command.args) sub.argument(arg.name, arg.help);
  for (const setting of Object.values(command.settings)) sub.addOption(option(setting));
  sub.addHelpText('after', examplesText(command));
  sub.action(async () => {
    await run(command, sub.args, flagTexts(sub, command));
  });
  return sub;
}

function option(setting: Setting<unknown>): Option {
  // A switch that is on by default is turned off by its --no- form; a variable can say both.
  const isOn = setting.placeholder === null && setting.fallback === 'true';
  const flag = isOn ? setting.flag.replace(/^--/, '--no-') : setting.flag;
  const made = new Option(setting.placeholder === null ? flag : `${flag} ${setting.placeholder}`, optionHelp(setting));
  if (setting.repeatable === true) {
    made.argParser<readonly string[] | undefined>((text, previous) => [...(previous ?? []), text]);
  }
  return setting.group === undefined ? made : made.helpGroup(setting.group);
}

function optionHelp(setting: Setting<unknown>): string {
  const facts = [
    ...(setting.placeholder !== null && setting.fallback !== null ? [`default ${setting.fallback}`] : []),
    ...(setting.env.length > 0 ? [setting.env.join(', then ')] : []),
  ];
  return facts.length === 0 ? setting.help : `${setting.help} [${facts.join('; ')}]`;
}

/** The flags that were typed, by their names in the table. */
function flagTexts(sub: Commander, command: Command): FlagTexts {
  const typed = new Map<string, string | boolean | readonly string[]>();
  for (const setting of Object.values(command.settings)) {
    const name = setting.flag.replace(/^--/, '').replaceAll(/-(.)/g, (_dash, letter: string) => letter.toUpperCase());
    if (sub.getOptionValueSource(name) !== 'cli') continue;
    typed.set(setting.flag, sub.getOptionValue(name) as string | boolean | readonly string[]);
  }
  return typed;
}

function examplesText({ examples }: Command): string {
  return `\nExamples:\n${examples.map(({ line, does }) => `  # ${does}\n  $ ${line}`).join('\n')}`;
}
