import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startNativePostgres } from '../src/native-postgres.ts';
import type { NativePostgresOptions, NativeServer } from '../src/native-server.ts';
import { withClient } from '../src/running-postgres.ts';
import { Volume } from '../src/server-place.ts';
import { startStandby } from '../src/standby.ts';
import { startProcess } from '../src/started-process.ts';
import { TcpProxy } from '../src/tcp-proxy.ts';
import { waitFor } from '../src/wait-for.ts';

const hasVolumes = Volume.problem() === undefined;

async function server(options: NativePostgresOptions = {}): Promise<NativeServer> {
  const started = await startNativePostgres({ durable: true, ...options });
  onTestFinished(() => started.stop());
  return started;
}

function write(url: string, number: number): Promise<unknown> {
  return withClient(url, async (client) => {
    await client.query('create table if not exists numbers (number int)');
    await client.query('insert into numbers values ($1)', [number]);
  });
}

function numbers(url: string): Promise<readonly number[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ number: number }>('select number from numbers order by number');
    return rows.map(({ number }) => number);
  });
}

test('a standby that is promoted has what its primary had', async () => {
  const primary = await server();
  await write(primary.url, 1);
  await using link = await TcpProxy.to(primary.url);
  const standby = await startStandby(primary, link.url, { durable: true });
  onTestFinished(() => standby.stop());
  await write(primary.url, 2);
  await waitFor(async () => (await numbers(standby.url)).length === 2);
  await expect(write(standby.url, 3)).rejects.toThrow(/read-only/);
  await primary.kill();
  await withClient(standby.url, (client) => client.query('select pg_promote()'));
  await write(standby.url, 3);
  expect(await numbers(standby.url)).toEqual([1, 2, 3]);
});

test.runIf(hasVolumes)(
  'a power cut takes what was not written through to the disk, and nothing else',
  async () => {
    const durable = await server({ volumeMiB: 512 });
    const careless = await server({ volumeMiB: 512, settings: ['fsync=off'] });
    await write(careless.url, 1);
    await withClient(careless.url, (client) => client.query('checkpoint'));
    careless.volume.sync(careless.pid ?? 0);
    await write(careless.url, 2);
    await write(durable.url, 1);
    for (const cut of [careless, durable]) {
      await cut.cutPower();
      await cut.restart();
    }
    expect([await numbers(careless.url), await numbers(durable.url)]).toEqual([[1], [1]]);
  },
  120_000,
);

test.runIf(hasVolumes)('a volume goes with the process that made it, even by kill -9', async () => {
  const source = new URL('../src/native-postgres.ts', import.meta.url).href;
  const script = `
    const { startNativePostgres } = await import(${JSON.stringify(source)});
    console.log('at ' + (await startNativePostgres({ volumeMiB: 512 })).data);`;
  const args = ['--input-type=module', '--eval', script];
  await using child = await startProcess(process.execPath, args, { ready: /^at (.*)$/ });
  const folder = dirname(dirname(child.readyMatch[1] ?? ''));
  expect([existsSync(folder), execFileSync('losetup', ['-a'], { encoding: 'utf8' }).includes(folder)]).toEqual([
    true,
    true,
  ]);
  child.kill('SIGKILL');
  await waitFor(() => !existsSync(folder) && !execFileSync('losetup', ['-a'], { encoding: 'utf8' }).includes(folder));
});
