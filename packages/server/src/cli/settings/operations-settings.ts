import { hostAndPort, toggle, words } from './readers.ts';
import { optional, setting } from './setting.ts';

const group = 'Operations:';

export const auditLogDefinition = { flag: '--audit-log', placeholder: '<file>', read: words };

/** What those who run the service see of it. */
export const operationsSettings = {
  metricsListen: optional({
    flag: '--metrics-listen',
    placeholder: '<host:port>',
    help: 'serve /metrics, /livez and /readyz there over HTTP, 127.0.0.1:9090 for example; they know no callers and show no content',
    read: hostAndPort,
    group,
  }),
  auditLog: optional({
    ...auditLogDefinition,
    help: 'append a line there for each call that deletes, archives, takes over or is denied; "-": to the log. SIGHUP opens the file anew',
    group,
  }),
  allowUnsafeDatabase: setting(
    {
      flag: '--allow-unsafe-database',
      placeholder: null,
      help: 'start on a Postgres server that may lose everything in a power cut or a crash: fsync, full_page_writes or synchronous_commit off',
      read: toggle,
      group,
    },
    'false',
  ),
};
