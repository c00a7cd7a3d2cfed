import { command } from '../command.ts';
import { appendStreamSettings } from '../settings/append-stream-settings.ts';
import { limitSettings } from '../settings/limit-settings.ts';
import { operationsSettings } from '../settings/operations-settings.ts';
import { securitySettings } from '../settings/security-settings.ts';
import { serviceLimitSettings } from '../settings/service-limit-settings.ts';
import { codexSettings, databaseSettings, serveSettings, storageSettings } from '../settings/settings.ts';

const { listen, migrate, ...others } = serveSettings;

export const serveCommandSettings = {
  listen,
  ...storageSettings,
  ...databaseSettings,
  migrate,
  ...others,
  ...securitySettings,
  ...codexSettings,
  ...operationsSettings,
  ...limitSettings,
  ...appendStreamSettings,
  ...serviceLimitSettings,
};

export const serveCommand = command({
  name: 'serve',
  summary: 'run the service',
  description: [
    'Runs the service until SIGTERM or SIGINT.',
    'Without a database URL it keeps threads in an embedded Postgres, in a folder: nothing to install, for one machine, and ' +
      'not safe against power cuts. With a URL it keeps them in that Postgres, whose schema must be up to date (--migrate, ' +
      'or threadstore migrate).',
    'When it is ready it prints "threadstore listening on HOST:PORT" on stdout, and the same of the listener for Codex. Its log goes to stderr, as JSON lines.',
  ].join('\n\n'),
  args: [],
  examples: [
    { line: 'threadstore serve', does: 'on 127.0.0.1:50051, embedded Postgres in ./threadstore-data' },
    { line: 'threadstore serve --listen 127.0.0.1:0 --data-dir /var/lib/threadstore', does: 'any free port' },
    { line: 'threadstore serve --codex-listen 127.0.0.1:50052', does: 'and for Codex CLI 0.125 to 0.129' },
    { line: 'DATABASE_URL=postgres://user:password@db/threads threadstore serve --migrate', does: 'a Postgres server' },
  ],
  settings: serveCommandSettings,
  run: async (invocation) => {
    const { runService } = await import('./run-service.ts');
    return runService(invocation);
  },
});
