import type { Command } from '../command.ts';
import { doctorCommand } from './doctor.ts';
import { exportCommand } from './export.ts';
import { fenceCommand } from './fence.ts';
import { forkCommand } from './fork.ts';
import { importCommand } from './import.ts';
import { itemsCommand } from './items.ts';
import { listCommand } from './list.ts';
import { migrateCommand } from './migrate.ts';
import { reindexCommand } from './reindex.ts';
import { searchCommand } from './search.ts';
import { serveCommand } from './serve.ts';
import { showCommand } from './show.ts';
import { createTokenCommand } from './tokens/create.ts';
import { listTokensCommand } from './tokens/list.ts';
import { revokeTokenCommand } from './tokens/revoke.ts';
import { turnsCommand } from './turns.ts';
import { versionCommand } from './version.ts';

/** All commands, in the order of `--help`. */
export const commands: readonly Command[] = [
  serveCommand,
  migrateCommand,
  reindexCommand,
  fenceCommand,
  doctorCommand,
  createTokenCommand,
  listTokensCommand,
  revokeTokenCommand,
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

/** Words that several commands begin with, and what these are about. */
export const commandGroups: Readonly<Record<string, string>> = {
  tokens: 'make, list and revoke bearer tokens',
};
