import { connectPostgres, migrate } from '@threadstore/postgres';
import { type Template } from './scratch-database.ts';

/** A database with the schema of this version and no threads, to be given to `createScratchDatabase`. */
export const migrated: Template = {
  name: 'migrated',
  prepare: async (url) => {
    await using database = connectPostgres({ connectionString: url });
    await migrate(database);
  },
};
