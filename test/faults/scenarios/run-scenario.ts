import { RemoteThreadStore } from '@threadstore/client';
import { freePort, serveThreadstore, startNativePostgres } from '@threadstore/testkit';
import { peakMiB } from './memory.ts';
import { atMost, check, type Check, type Scenario } from './scenario.ts';

const memoryMiBMax = 512;

/** Starts a service on a Postgres server of its own, does the scenario to it, and looks at what it came to. */
export async function runScenario(scenario: Scenario, scale: number): Promise<readonly Check[]> {
  const postgres = await startNativePostgres();
  const endpoint = `127.0.0.1:${await freePort()}`;
  const args = ['--listen', endpoint, '--migrate', '--database-url', postgres.url, '--log-level', 'error'];
  const serve = () => serveThreadstore([...args, ...(scenario.args ?? [])]);
  let service = await serve();
  let peak = 0;
  const restart = async (): Promise<void> => {
    peak = Math.max(peak, peakMiB(service.pid) ?? 0);
    service.kill('SIGKILL');
    await service.ended;
    service = await serve();
  };
  try {
    const checks = await scenario.run({ endpoint, restart }, scale);
    await using store = new RemoteThreadStore({ endpoint });
    const start = performance.now();
    await store.listThreads({ pageSize: 1 });
    const answered = performance.now() - start;
    peak = Math.max(peak, peakMiB(service.pid) ?? 0);
    return [
      ...checks,
      atMost('peak RSS of the service', peak, memoryMiBMax, ' MiB'),
      check('it answers afterwards, after', answered, () => true, ' ms'),
    ];
  } finally {
    await service.stop();
    await postgres.stop();
  }
}
