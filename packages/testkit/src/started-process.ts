import { type ChildProcess, spawn } from 'node:child_process';
import { waitFor } from './wait-for.ts';

export interface StartOptions {
  /** Variables for the process beside those of this one, from which those that configure threadstore or Postgres are left out. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Matches the line of standard output that says that the process is ready. Without it a process is ready once started. */
  readonly ready?: RegExp;
  /** Milliseconds until a process that is not ready is given up; 90 seconds by default. */
  readonly timeoutMs?: number;
  /** Opens a channel to the process, a Node program, and is called with each message that it sends by `process.send`. */
  readonly onMessage?: (message: unknown) => void;
  /** Opens the standard input of the process for `write`, and is called with each whole line of its standard output. */
  readonly onLine?: (line: string) => void;
  /** Called with what the process writes to standard error, which is then not kept: for one that writes more than memory holds. */
  readonly onStderr?: (text: string) => void;
}

export interface ProcessEnd {
  /** The exit code, or null if a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that a test started. Whoever starts it ends it, best by `await using`. */
export interface StartedProcess extends AsyncDisposable {
  readonly pid: number;
  /** What `ready` captured in its line, the whole match first; empty without `ready`. */
  readonly readyMatch: readonly string[];
  /** Resolves when the process has ended and all its output is here. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** What it has written to standard output so far. */
  stdout(): string;
  /** What it has written to standard error so far. */
  stderr(): string;
  /** Sends a signal; false if the process is gone. Resolves nothing: wait for `ended` or for what the signal does. */
  kill(signal: NodeJS.Signals): boolean;
  /** Sends a message over the channel that `onMessage` opened. A process that is gone does not get it. */
  send(message: object): void;
  /** Writes to the standard input that `onLine` opened. A process that is gone does not get it. */
  write(text: string): void;
  /** Closes that input. A program that talks over it ends then. */
  endInput(): void;
  /**
   * Asks the process to end by SIGTERM and resolves when it has. After `timeoutMs`, 30 seconds by default, it is killed by
   * SIGKILL, and the promise rejects. Resolves at once for a process that has ended.
   */
  stop(options?: { readonly timeoutMs?: number }): Promise<ProcessEnd>;
}

/** Processes of this worker that may still live. They end with it, unless it is killed by SIGKILL itself. */
const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/**
 * Starts a program, not through a shell. Resolves when it is ready. Rejects if it ends before that or is not ready in time, with
 * the end of what it wrote; no process is left then.
 */
export async function startProcess(
  command: string,
  args: readonly string[],
  { env = {}, cwd = process.cwd(), ready, timeoutMs = 90_000, onMessage, onLine, onStderr }: StartOptions = {},
): Promise<StartedProcess> {
  const child = spawn(command, args, {
    cwd,
    env: { ...neutralEnvironment(), ...env },
    stdio: [
      onLine === undefined ? 'ignore' : 'pipe',
      'pipe',
      'pipe',
      ...(onMessage === undefined ? [] : (['ipc'] as const)),
    ],
  });
  if (onMessage !== undefined) child.on('message', onMessage);
  if (onLine !== undefined) eachLine(child, onLine);
  const name = [command, ...args].join(' ');
  const started = await follow(child, name, onStderr);
  if (ready === undefined) return started;
  let match: RegExpExecArray | null = null;
  try {
    await waitFor(() => (match = matchLine(started.stdout(), ready)) !== null || hasEnded(child), {
      timeoutMs,
      what: `${name} to be ready`,
    });
  } catch (error) {
    started.kill('SIGKILL');
    await started.ended;
    throw new Error(`${name}: not ready after ${timeoutMs} ms:\n${tail(started)}`, { cause: error });
  }
  if (match === null) {
    const { code, signal } = await started.ended;
    throw new Error(`${name}: ended before it was ready (${signal ?? `exit code ${code}`}):\n${tail(started)}`);
  }
  return { ...started, readyMatch: [...match] };
}

async function follow(child: ChildProcess, name: string, onStderr: StartOptions['onStderr']): Promise<StartedProcess> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', onStderr ?? ((text: string) => (stderr += text)));
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('close', (code, signal) => {
      living.delete(child);
      resolve({ code, signal });
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.on('error', (error) => {
      reject(new Error(`${name}: did not start: ${error.message}`, { cause: error }));
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name}: did not start`);
  living.add(child);
  const stop: StartedProcess['stop'] = async ({ timeoutMs = 30_000 } = {}) => {
    if (hasEnded(child)) return ended;
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const end = await ended;
    clearTimeout(late);
    if (end.signal === 'SIGKILL') throw new Error(`${name}: did not end ${timeoutMs} ms after SIGTERM`);
    return end;
  };
  return {
    pid,
    readyMatch: [],
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    kill: (signal) => child.kill(signal),
    send: (message) => {
      if (child.connected) child.send(message, () => undefined);
    },
    write: (text) => void child.stdin?.write(text),
    endInput: () => void child.stdin?.end(),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

function eachLine(child: ChildProcess, onLine: (line: string) => void): void {
  // A process that ends while it is written to breaks the pipe; its end is told by `ended`.
  child.stdin?.on('error', () => undefined);
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The first whole line that matches: the last one may still be on its way. */
function matchLine(output: string, pattern: RegExp): RegExpExecArray | null {
  for (const line of output.split('\n').slice(0, -1)) {
    const match = pattern.exec(line);
    if (match !== null) return match;
  }
  return null;
}

function tail(started: StartedProcess): string {
  return `${started.stdout()}${started.stderr()}`.slice(-2_000);
}

/** The variables of this process, without those of the test runner and those that a developer's shell may set for a server. */
function neutralEnvironment(): NodeJS.ProcessEnv {
  const setsSomething = /^(DATABASE_URL$|THREADSTORE_|PG[A-Z]|VITEST|NODE_ENV$|GRPC_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !setsSomething.test(name)));
}
