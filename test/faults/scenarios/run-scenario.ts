import { RemoteThreadStore } from '@threadstore/client';
import { serveThreadstore, startNativePostgres } from '@threadstore/testkit';
import { peakMiB } from './memory.ts';
import { atMost, type Check, type Scenario } from './scenario.ts';

const memoryMiBMax = 512;

/** Starts a service on a Postgres server of its own, does the scenario to it, and looks at what it came to. */
export async function runScenario(scenario: Scenario, scale: number): Promise<readonly Check[]> {
  const postgres = await startNativePostgres();
  try {
    const args = ['--migrate', '--database-url', postgres.url, '--log-level', 'error', ...(scenario.args ?? [])];
    await using service = await serveThreadstore(args);
    const checks = await scenario.run(service, scale);
    await using store = new RemoteThreadStore({ endpoint: service.endpoint });
    const { threads } = await store.listThreads({ pageSize: 1 });
    const peak = peakMiB(service.pid);
    return [
      ...checks,
      ...(peak === null ? [] : [atMost('peak RSS of the service', peak, memoryMiBMax, ' MiB')]),
      { what: 'the service answers afterwards', figure: String(threads.length >= 0), passed: true },
    ];
  } finally {
    await postgres.stop();
  }
}
