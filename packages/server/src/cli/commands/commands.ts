import type { Command } from '../command.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { listCommand } from './list.ts';
import { migrateCommand } from './migrate.ts';
import { serveCommand } from './serve.ts';
import { showCommand } from './show.ts';
import { versionCommand } from './version.ts';

/** All commands, in the order of `--help`. */
export const commands: readonly Command[] = [
  serveCommand,
  migrateCommand,
  versionCommand,
  importCommand,
  exportCommand,
  listCommand,
  showCommand,
];
