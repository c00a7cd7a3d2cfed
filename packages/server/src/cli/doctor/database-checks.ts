import type { DatabaseFacts, DatabaseRisk, SchemaFacts } from '@threadstore/postgres';
import { ok, warning, wrong, type Finding } from './finding.ts';

const versionMin = 150_000;
const clockMsMax = 1_000;

/** What a database says of itself, judged. `poolSize`: connections that each replica takes, one for its probe beside them. */
export function judgeDatabase(facts: DatabaseFacts, poolSize: number): readonly Finding[] {
  return [
    judgeVersion(facts),
    judgeRole(facts),
    judgeClock(facts),
    judgeConnections(facts, poolSize),
    judgeLogs(facts),
  ];
}

export function judgeRisks(risks: readonly DatabaseRisk[]): Finding {
  if (risks.length === 0) return ok('durability', 'what is acknowledged survives a crash and a power cut');
  const seen = risks.map(({ setting, value, consequence }) => `${setting} = ${value}: ${consequence}`).join('; ');
  const judge = risks.some(({ isUnsafe }) => isUnsafe) ? wrong : warning;
  return judge('durability', seen, 'set it back to its default on the server');
}

export function judgeSchema({ closedTables, seesAll, lapsedLeases, threadsBehind }: SchemaFacts): readonly Finding[] {
  const privileges =
    closedTables.length === 0
      ? ok('privileges', 'the user may read and write all tables')
      : wrong(
          'privileges',
          `no access to ${closedTables.join(', ')}`,
          'run threadstore migrate --grant-to <role> as the owner',
        );
  if (closedTables.length > 0) return [privileges];
  if (!seesAll || lapsedLeases === null || threadsBehind === null) {
    return [
      privileges,
      ok('threads', "their rows are hidden from this user, as they should be; the owner's doctor sees more"),
    ];
  }
  return [
    privileges,
    ok('leases', `${countText(lapsedLeases)} threads were left by writers that died; whoever resumes one gets it`),
    threadsBehind < 1_000
      ? ok('search index', `${threadsBehind} threads have messages that are not in it yet`)
      : warning('search index', '1,000 threads or more have messages that are not in it', 'run threadstore reindex'),
  ];
}

function countText(count: number): string {
  return count < 1_000 ? `${count}` : '1,000 or more';
}

function judgeVersion({ version }: DatabaseFacts): Finding {
  const text = `Postgres ${Math.floor(version / 10_000)}.${version % 10_000}`;
  return version >= versionMin ? ok('version', text) : wrong('version', text, 'upgrade to Postgres 15 or newer');
}

function judgeRole({ isSuperuser, bypassesRowSecurity }: DatabaseFacts): Finding {
  const advice = 'serve as a role that owns nothing: threadstore migrate --grant-to <role>';
  if (isSuperuser) return warning('role', 'the user is a superuser, for whom no wall between tenants holds', advice);
  if (bypassesRowSecurity) return warning('role', 'the user has bypassrls, so no wall between tenants holds', advice);
  return ok('role', 'the user is bound by row-level security');
}

function judgeClock({ clockAheadMs }: DatabaseFacts): Finding {
  const far = Math.abs(clockAheadMs);
  const seen = `the database's clock is ${far} ms ${clockAheadMs < 0 ? 'behind' : 'ahead of'} this machine's`;
  return far <= clockMsMax
    ? ok('clock', seen)
    : warning('clock', seen, 'synchronise both by NTP: lists and logs show both');
}

function judgeConnections({ connectionsMax, connectionsUsed }: DatabaseFacts, poolSize: number): Finding {
  const needed = poolSize + 1;
  const seen = `a replica takes up to ${needed}, the server has ${connectionsMax}, ${connectionsUsed} in use`;
  if (needed > connectionsMax) return wrong('connections', seen, 'lower --pool-size, or raise max_connections');
  if (2 * needed > connectionsMax) {
    return warning('connections', seen, 'two replicas at once, as in an upgrade, are too many: lower --pool-size');
  }
  return ok('connections', seen);
}

/** Where the log gets parameters, or rows that a constraint refused, it gets what was said. */
function judgeLogs({ logSettings }: DatabaseFacts): Finding {
  const isLogged = logSettings.log_statement !== 'none' || logSettings.log_min_duration_statement !== '-1';
  const bad = [
    ...(logSettings.log_parameter_max_length_on_error === '0' ? [] : ['log_parameter_max_length_on_error']),
    ...(isLogged && logSettings.log_parameter_max_length !== '0' ? ['log_parameter_max_length'] : []),
    ...(logSettings.log_error_verbosity === 'terse' ? [] : ['log_error_verbosity']),
  ] as const;
  if (bad.length === 0) return ok('server log', 'it gets nothing of what threads hold');
  const seen = `it may get what threads hold: ${bad.map((name) => `${name} = ${logSettings[name as keyof typeof logSettings]}`).join(', ')}`;
  return warning('server log', seen, 'set the lengths to 0 and log_error_verbosity to terse');
}
