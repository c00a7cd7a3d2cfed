import { basename } from 'node:path';
import { MultiBar, Presets } from 'cli-progress';
import { visibleText } from '../format/visible-text.ts';
import type { Terminal } from '../terminal.ts';

/** Shows how far an import is, and says what became of each file. */
export interface Progress {
  /** Another so many bytes were worked through. */
  advance(bytes: number): void;
  /** The file that is worked on now. */
  file(path: string): void;
  /** A line for stdout. */
  print(line: string): void;
  /** A line for stderr. */
  complain(line: string): void;
  stop(): void;
}

const format = '{bar} {percentage}% {file}';
// The bar itself takes 40 columns, the percentage and the spaces up to 8.
const barColumns = 48;

/** A bar where people watch, and nothing but lines elsewhere. `totalBytes` is what `advance` will have been told in the end. */
export function startProgress(terminal: Terminal, totalBytes: number): Progress {
  const { stdout, stderr } = terminal;
  if (!terminal.stderrIsTerminal || totalBytes === 0) {
    return {
      advance: () => undefined,
      file: () => undefined,
      print: (line) => void stdout.write(`${line}\n`),
      complain: (line) => void stderr.write(`${line}\n`),
      stop: () => undefined,
    };
  }
  // A bar of one, but a MultiBar: SingleBar goes back to where it began, over all that was printed since. The terminal is left
  // as it is (wrapping, cursor), so that nothing is to be put right when the process is ended.
  const bars = new MultiBar(
    { format, clearOnComplete: true, forceRedraw: true, linewrap: true, gracefulExit: false, stream: stderr },
    Presets.shades_classic,
  );
  const bar = bars.create(totalBytes, 0, { file: '' });
  const nameColumns = Math.max(0, terminal.columns - barColumns);
  // The bar makes room for a line, and is drawn again below it.
  const above = (stream: Terminal['stdout'], line: string): void => {
    stderr.write('\r\u001b[K');
    stream.write(`${line}\n`);
    bars.update();
  };
  return {
    advance: (bytes) => bar.increment(bytes),
    file: (path) => bar.update({ file: visibleText(basename(path)).slice(0, nameColumns) }),
    print: (line) => (terminal.stdoutIsTerminal ? above(stdout, line) : void stdout.write(`${line}\n`)),
    complain: (line) => above(stderr, line),
    stop: () => bars.stop(),
  };
}
