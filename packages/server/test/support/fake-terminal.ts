import { Writable } from 'node:stream';
import { runProgram } from '../../src/cli/program.ts';
import type { Environment } from '../../src/cli/settings/setting.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

export interface Output {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

class Collected extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

/** Runs `threadstore <args>` in this process, with no other variables than those given. */
export async function run(args: readonly string[], env: Environment = {}, columns = 120): Promise<Output> {
  const stdout = new Collected();
  const stderr = new Collected();
  const terminal: Terminal = { stdout, stderr, stdoutIsTerminal: false, stderrIsTerminal: false, columns };
  const exitCode = await runProgram(args, env, terminal);
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}
