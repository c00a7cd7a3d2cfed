// Asks the registry for known vulnerabilities of what the published packages need to run. A registry that answers no audits is said so, and
// is no failure: nothing was found out.
import { spawnSync } from 'node:child_process';
import { fail, root, say } from './command.ts';

interface Answer {
  readonly error?: { readonly code?: string; readonly summary?: string };
  readonly message?: string;
  readonly metadata?: { readonly vulnerabilities: Readonly<Record<string, number>> };
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
}

const asked = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: root, encoding: 'utf8' });
const answer = JSON.parse(asked.stdout || '{}') as Answer;
const { metadata, vulnerabilities = {} } = answer;

if (metadata === undefined) {
  const why = answer.message ?? answer.error?.summary ?? 'no answer';
  say(`audit: NOT DONE, this registry answers no audits (${why.split('\n')[0] ?? ''})`);
} else {
  const serious = Object.entries(vulnerabilities).filter(([, { severity }]) => ['high', 'critical'].includes(severity));
  for (const [name, { severity, range }] of serious) say(`${name} ${range}: ${severity}`);
  if (serious.length > 0) fail(`audit: ${serious.length} packages have serious vulnerabilities`);
  else say(`audit: no serious vulnerabilities (${JSON.stringify(metadata.vulnerabilities)})`);
}
