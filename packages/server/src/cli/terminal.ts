import type { Writable } from 'node:stream';

/** Where a command prints to, and what it knows about it. */
export interface Terminal {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Whether people look at stdout, and at stderr, as it is written. */
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Columns of the terminal, or a width for files and pipes. */
  readonly columns: number;
}

const columnsOfPipes = 120;

export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  return {
    stdout,
    stderr,
    stdoutIsTerminal: stdout.isTTY,
    stderrIsTerminal: stderr.isTTY,
    columns: stdout.isTTY ? stdout.columns : columnsOfPipes,
  };
}

/** Writes, and waits until the reader has room for more. Rejects when there is no reader any more (`EPIPE`). */
export function writeWhenReady(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}

/** The reader of our output has gone, as in `threadstore list | head`. */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
