import type { FenceResult } from '@threadstore/postgres';
import { CliError } from '../cli-error.ts';
import { command } from '../command.ts';
import { failureText } from '../failure-text.ts';
import { fenceSettings, storageSettings } from '../settings/settings.ts';
import { StopSignals } from '../stop-signals.ts';
import { checkStorage, fenceWritersIn, migrateStorage, openStorage } from '../storage.ts';
import { writeWhenReady } from '../terminal.ts';

const { databaseUrl, dataDir, poolSize } = storageSettings;
/** A line for each so many. */
const threadsPerLine = 100_000;

export const fenceCommand = command({
  name: 'fence',
  summary: 'have all writers resume, after a failover or a restore',
  description: [
    'Raises the epoch of all threads of all tenants, so that every writer from before is fenced and has to resume. For after a failover to a ' +
      'standby that was behind, and after a restore: grants that are not in the database would be given a second time, and two writers ' +
      'would write under one epoch.',
    'As the owner of the schema. Safe to repeat, and while services run (the embedded database belongs to one process at a time). ' +
      'Nothing of the threads changes but who may write; batches that are stored are still known when they are sent again.',
  ].join('\n\n'),
  args: [],
  examples: [
    { line: 'DATABASE_URL=postgres://owner:password@db/threads threadstore fence', does: 'all threads' },
    { line: 'threadstore fence --to 1790000000000', does: 'go on where that one was interrupted' },
  ],
  settings: { databaseUrl, dataDir, poolSize, ...fenceSettings },
  run: async ({ settings, terminal }) => {
    const storage = await openStorage(settings);
    await using database = storage.database;
    await (storage.isEmbedded ? migrateStorage(storage) : checkStorage(storage));
    using stop = new StopSignals(() => process.exit(1));
    let soFar: FenceResult | undefined;
    const onProgress = (now: FenceResult): void => {
      const lines = Math.floor(now.threads / threadsPerLine);
      if (lines > Math.floor((soFar?.threads ?? 0) / threadsPerLine)) terminal.stderr.write(`${now.threads} threads\n`);
      soFar = now;
    };
    try {
      const { value } = settings.to;
      const to = value === null ? {} : { to: BigInt(value) };
      const { threads, epoch } = await fenceWritersIn(storage, { ...to, signal: stop.signal, onProgress });
      await writeWhenReady(terminal.stdout, `${database.description}: ${threads} threads, epoch ${epoch}\n`);
      return 0;
    } catch (error) {
      throw soFar === undefined ? error : unfinished(error, soFar);
    }
  },
});

function unfinished(error: unknown, { threads, epoch }: FenceResult): CliError {
  return new CliError(`${failureText(error)} (${threads} threads are done; go on with --to ${epoch})`);
}
