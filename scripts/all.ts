// Every check of the repository, in one command. A failed check does not hide the ones after it.
//
//   node scripts/all.ts [--except <check>]... [--report <file for the names of the failed checks, as JSON>]
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fail, runs, say } from './command.ts';

const checks = [
  'format:check',
  'lint',
  'build',
  'knip',
  'lock:check',
  'audit',
  'proto:lint',
  'proto:breaking',
  'generate:check',
  'test',
  'test:node22',
  'pack:check',
];

const { values } = parseArgs({
  options: { except: { type: 'string', multiple: true, default: [] }, report: { type: 'string' } },
});
const unknown = values.except.find((name) => !checks.includes(name));
if (unknown !== undefined) throw new Error(`--except: no such check (got ${unknown}, known ${checks.join(', ')})`);

const chosen = checks.filter((check) => !values.except.includes(check));
const failed = chosen.filter((check) => {
  say(`\n== ${check}`);
  return !runs('npm', 'run', '--silent', check);
});

if (values.report !== undefined) writeFileSync(values.report, JSON.stringify(failed));
say('');
if (failed.length === 0) say(`checks: ${chosen.length} passed`);
else fail(`checks: ${chosen.length - failed.length} passed, ${failed.length} failed: ${failed.join(', ')}`);
