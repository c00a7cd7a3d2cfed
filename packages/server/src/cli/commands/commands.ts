import type { Command } from '../command.ts';
import { doctorCommand } from './doctor.ts';
import { exportCommand } from './export.ts';
import { forkCommand } from './fork.ts';
import { importCommand } from './import.ts';
import { itemsCommand } from './items.ts';
import { listCommand } from './list.ts';
import { migrateCommand } from './migrate.ts';
import { reindexCommand } from './reindex.ts';
import { searchCommand } from './search.ts';
import { serveCommand } from './serve.ts';
import { showCommand } from './show.ts';
import { turnsCommand } from './turns.ts';
import { versionCommand } from './version.ts';

/** All commands, in the order of `--help`. */
export const commands: readonly Command[] = [
  serveCommand,
  migrateCommand,
  reindexCommand,
  doctorCommand,
  versionCommand,
  importCommand,
  exportCommand,
  forkCommand,
  listCommand,
  searchCommand,
  showCommand,
  turnsCommand,
  itemsCommand,
];
