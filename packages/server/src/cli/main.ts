import { runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

// A reader that goes away is told to the write that meets it; without a listener it would end the process instead.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

process.exitCode = await runProgram(process.argv.slice(2), process.env, processTerminal());
