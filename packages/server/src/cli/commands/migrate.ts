import { command } from '../command.ts';
import { migrateSettings, storageSettings } from '../settings/settings.ts';
import { enforceTenantsIn, grantServingIn, migrateStorage, openStorage } from '../storage.ts';
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
    { line: 'DATABASE_URL=postgres://owner:password@db/threads threadstore migrate', does: 'before services start' },
    { line: 'threadstore migrate --grant-to threadstore_app', does: 'for services that connect as that role' },
    { line: 'threadstore migrate --enforce-tenants', does: 'after an upgrade, when all services are of this version' },
  ],
  settings: { databaseUrl, dataDir, poolSize, ...migrateSettings },
  run: async ({ settings, terminal }) => {
    const storage = await openStorage(settings);
    await using database = storage.database;
    const { from, to } = await migrateStorage(storage);
    const what = from === to ? `schema version ${to}, nothing to do` : `schema version ${from} -> ${to}`;
    await writeWhenReady(terminal.stdout, `${database.description}: ${what}\n`);
    const { enforceTenants, grantTo } = settings;
    if (enforceTenants.value) {
      await enforceTenantsIn(storage);
      await writeWhenReady(terminal.stdout, `${database.description}: tenants are held apart\n`);
    }
    if (grantTo.value !== null) {
      await grantServingIn(storage, grantTo);
      await writeWhenReady(terminal.stdout, `${database.description}: ${grantTo.value} may serve\n`);
    }
    return 0;
  },
});
