import type { Database } from '@threadstore/postgres';
import { failureText } from '../failure-text.ts';
import { judgeDatabase, judgeRisks, judgeSchema } from './database-checks.ts';
import { ok, warning, wrong, type Finding } from './finding.ts';

/** Looks at a database. Never rejects: what can't be asked is a finding, too. */
export async function examineDatabase(database: Database, poolSize: number): Promise<readonly Finding[]> {
  const { databaseRisks, inspectDatabase, inspectSchema, schemaFault, schemaVersion, tenantWarnings } =
    await import('@threadstore/postgres');
  const findings: Finding[] = [];
  try {
    findings.push(...judgeDatabase(await inspectDatabase(database), poolSize));
    findings.unshift(ok('database', database.description));
  } catch (error) {
    return [
      wrong('database', `${database.description}: ${failureText(error)}`, 'check the URL, the network and the server'),
    ];
  }
  try {
    findings.push(judgeRisks(await databaseRisks(database)));
    const fault = await schemaFault(database);
    if (fault !== null) return [...findings, wrong('schema', fault, 'run threadstore migrate of the newest version')];
    findings.push(ok('schema', `version ${await schemaVersion(database)}`));
    findings.push(...judgeSchema(await inspectSchema(database)));
    for (const text of await tenantWarnings(database)) {
      findings.push(warning('tenants', text, 'see "Tenants apart" in docs/deploying.md'));
    }
    return findings;
  } catch (error) {
    return [...findings, wrong('schema', failureText(error), 'ask the owner of the schema')];
  }
}
