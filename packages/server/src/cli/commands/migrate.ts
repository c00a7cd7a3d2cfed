import { command } from '../command.ts';
import { storageSettings } from '../settings/settings.ts';
import { migrateStorage, openStorage } from '../storage.ts';
import { writeWhenReady } from '../terminal.ts';

const { databaseUrl, dataDir, poolSize } = storageSettings;

export const migrateCommand = command({
  name: 'migrate',
  summary: "bring a database's schema up to date",
  description:
    'Brings the schema of a database up to what this version needs. Safe to repeat, and safe when several do it at once. The ' +
    'embedded database needs it only when no service is to be started: serve does the same.',
  args: [],
  examples: [
    { line: 'DATABASE_URL=postgres://user:password@db/threads threadstore migrate', does: 'before services start' },
  ],
  settings: { databaseUrl, dataDir, poolSize },
  run: async ({ settings, terminal }) => {
    const storage = await openStorage(settings);
    await using database = storage.database;
    const { from, to } = await migrateStorage(storage);
    const what = from === to ? `schema version ${to}, nothing to do` : `schema version ${from} -> ${to}`;
    await writeWhenReady(terminal.stdout, `${database.description}: ${what}\n`);
    return 0;
  },
});
