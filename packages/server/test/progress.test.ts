import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { startProgress } from '../src/cli/import/progress.ts';

function collected(isTTY: boolean): { readonly stream: PassThrough; readonly text: () => string } {
  let text = '';
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  stream.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  return { stream, text: () => text };
}

test('on a terminal a bar is drawn below the lines, and no line is lost, however soon it ends', () => {
  const { stream, text } = collected(true);
  const terminal = { stdout: stream, stderr: stream, stdoutIsTerminal: true, stderrIsTerminal: true, columns: 80 };
  const progress = startProgress(terminal, 100);
  progress.file('folder/one\u001b.jsonl');
  progress.advance(50);
  progress.print('one: created');
  progress.complain('two: failed');
  progress.stop();
  expect(text()).toContain('50% one\\x1b.jsonl');
  expect(text()).toContain('\r\u001b[Kone: created\n');
  expect(text()).toContain('\r\u001b[Ktwo: failed\n');
  // Neither the cursor nor the wrapping of lines is changed.
  expect(text()).not.toContain('\u001b[?');
});

test('elsewhere there are lines and nothing else', () => {
  const stdout = collected(false);
  const stderr = collected(false);
  const terminal = {
    stdout: stdout.stream,
    stderr: stderr.stream,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    columns: 80,
  };
  const progress = startProgress(terminal, 100);
  progress.file('one.jsonl');
  progress.advance(100);
  progress.print('one: created');
  progress.complain('two: failed');
  progress.stop();
  expect([stdout.text(), stderr.text()]).toEqual(['one: created\n', 'two: failed\n']);
});

test('a terminal for the bar and a file for the lines', () => {
  const stdout = collected(false);
  const stderr = collected(true);
  const terminal = {
    stdout: stdout.stream,
    stderr: stderr.stream,
    stdoutIsTerminal: false,
    stderrIsTerminal: true,
    columns: 80,
  };
  const progress = startProgress(terminal, 100);
  progress.print('one: created');
  progress.stop();
  expect(stdout.text()).toBe('one: created\n');
  expect(stderr.text()).not.toContain('created');
});
