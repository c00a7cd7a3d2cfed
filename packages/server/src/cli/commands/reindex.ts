import { command } from '../command.ts';
import { reindexSettings, storageSettings } from '../settings/settings.ts';
import { StopSignals } from '../stop-signals.ts';
import { checkStorage, migrateStorage, openStorage, reindexStorage } from '../storage.ts';
import { writeWhenReady } from '../terminal.ts';

const { databaseUrl, dataDir, poolSize } = storageSettings;

export const reindexCommand = command({
  name: 'reindex',
  summary: 'make the indexes of turns and messages anew',
  description:
    'Makes the indexes of turns and messages anew, thread by thread, from the items, which stay as they are. To search all threads ' +
    'right after an upgrade; otherwise an index that is behind is brought up to date by who reads it. Safe to repeat, and while ' +
    'services run (the embedded database belongs to one process at a time).',
  args: [],
  examples: [
    { line: 'DATABASE_URL=postgres://user:password@db/threads threadstore reindex', does: 'all threads' },
    {
      line: 'threadstore reindex --thread 01890a5d-ac96-774b-bcce-b302099a8057',
      does: 'one, of the embedded database',
    },
  ],
  settings: { databaseUrl, dataDir, poolSize, ...reindexSettings },
  run: async ({ settings, terminal }) => {
    const storage = await openStorage(settings);
    await using database = storage.database;
    await (storage.isEmbedded ? migrateStorage(storage) : checkStorage(storage));
    using stop = new StopSignals(() => process.exit(1));
    const { threads, items } = await reindexStorage(storage, settings.thread.value, stop.signal);
    await writeWhenReady(terminal.stdout, `${database.description}: ${threads} threads, ${items} items\n`);
    return 0;
  },
});
