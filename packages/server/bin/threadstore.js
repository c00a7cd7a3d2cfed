#!/usr/bin/env -S node --max-semi-space-size=8 --disable-warning=TimeoutNegativeWarning
// The young generation at its default grows to 128 MiB in a burst of reads and stays so; nothing measured was faster for it.
// The warning is one that a caller brings about, by a deadline of millions of hours, and its text is no line of the log.
// Plain JavaScript that any Node parses, so that an old one gets a sentence and not a stack.
const oldest = [22, 12];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  process.stderr.write(`threadstore: needs Node ${oldest.join('.')} or newer (got ${process.versions.node})\n`);
  process.exitCode = 2;
} else {
  await import('../dist/cli/main.js');
}
