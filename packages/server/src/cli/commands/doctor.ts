import { command } from '../command.ts';
import { warning, type Finding } from '../doctor/finding.ts';
import { jsonText } from '../format/json-text.ts';
import { visibleText } from '../format/visible-text.ts';
import { doctorSettings } from '../settings/doctor-settings.ts';
import { splitEndpoints } from '../settings/readers.ts';
import type { Resolved } from '../settings/setting.ts';
import { openServer } from '../storage.ts';
import { writeWhenReady } from '../terminal.ts';
import { tlsOf } from './remote.ts';

export const doctorCommand = command({
  name: 'doctor',
  summary: 'look at a deployment, and say what is wrong with it',
  description:
    'Looks at the database that a service would use, at the address that it would have, and at services that run, and prints a line for each ' +
    'check: ok, warning or wrong, with what to do. It changes nothing. Exits with 1 if anything is wrong.',
  args: [],
  examples: [
    { line: 'DATABASE_URL=postgres://user:password@db/threads threadstore doctor', does: 'before services start' },
    { line: 'threadstore doctor --database-url … --endpoint 127.0.0.1:50051', does: 'and one that runs' },
  ],
  settings: doctorSettings,
  run: async ({ settings, terminal }) => {
    const { examineListen, examineNode, examineService } = await import('../doctor/examine-service.ts');
    const findings: Finding[] = [examineNode(process.versions.node)];
    findings.push(...(await databaseFindings(settings.databaseUrl, settings.poolSize.value)));
    findings.push(await examineListen(settings.listen.value));
    const tls = await tlsOf(settings);
    for (const endpoint of splitEndpoints(settings.endpoint.value ?? '').filter(Boolean)) {
      findings.push(...(await examineService(endpoint, settings.deadlineMs.value, tls)));
    }
    const text = findings.map((finding) => `${settings.json.value ? jsonText(finding) : findingText(finding)}\n`);
    await writeWhenReady(terminal.stdout, text.join(''));
    return findings.some(({ verdict }) => verdict === 'wrong') ? 1 : 0;
  },
});

async function databaseFindings(url: Resolved<string | null>, poolSize: number): Promise<readonly Finding[]> {
  if (url.value === null) {
    const advice = 'for more than one machine, or data that matters, give a --database-url';
    return [warning('database', 'none is given: a service would keep threads in an embedded one', advice)];
  }
  const { examineDatabase } = await import('../doctor/examine-database.ts');
  await using database = await openServer({ ...url, value: url.value }, { poolSize: 1 });
  return await examineDatabase(database, poolSize);
}

function findingText({ check, verdict, seen, advice }: Finding): string {
  return visibleText(`${verdict.padEnd(7)}  ${check}: ${seen}${advice === undefined ? '' : ` (${advice})`}`);
}
