// Judges package-lock.json without the network: every package has its hash, none comes from a place of its own, and none runs a script
// at its installation that package.json does not decide about.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root, say } from './command.ts';
import { lockFaults, type Lock } from './lock-faults.ts';

const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'));
const lock = read('package-lock.json') as Lock;
const { allowScripts = {} } = read('package.json') as { readonly allowScripts?: Readonly<Record<string, boolean>> };

const faults = lockFaults(lock, Object.keys(allowScripts));
for (const fault of faults) say(fault);
if (faults.length > 0) fail(`lock:check: ${faults.length} faults`);
else say(`lock:check: ${Object.keys(lock.packages).length} entries are fit to install`);
