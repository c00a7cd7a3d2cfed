import { codexRequestBytesDefault } from '../../codex-server.ts';
import {
  bytes,
  bytesText,
  databaseUrl,
  directory,
  endpoints,
  file,
  hostAndPort,
  integer,
  oneOf,
  tenant,
  toggle,
  words,
} from './readers.ts';
import { optional, setting } from './setting.ts';

const HOUR_MS = 3_600_000;
/** Holds a token, not the name of a file. */
export const tokenVariable = 'THREADSTORE_TOKEN';

/** Where the service keeps its threads. */
export const storageSettings = {
  databaseUrl: optional({
    flag: '--database-url',
    placeholder: '<url>',
    othersEnv: ['DATABASE_URL'],
    help: 'Postgres server to keep threads in, postgres://user:password@host:5432/database',
    read: databaseUrl,
  }),
  dataDir: setting(
    {
      flag: '--data-dir',
      placeholder: '<dir>',
      help: 'folder of the embedded Postgres, which is used when there is no database URL',
      read: directory,
    },
    './threadstore-data',
  ),
  poolSize: setting(
    {
      flag: '--pool-size',
      placeholder: '<count>',
      help: 'connections to a Postgres server',
      read: integer(1, 1_000),
    },
    '10',
  ),
};

export const migrateSettings = {
  enforceTenants: setting(
    {
      flag: '--enforce-tenants',
      placeholder: null,
      help: 'have the database hold tenants apart, once no version before this one serves; one made anew does so already',
      read: toggle,
    },
    'false',
  ),
  grantTo: optional({
    flag: '--grant-to',
    placeholder: '<role>',
    help: 'let this role serve: it may read and write threads, and owns nothing',
    read: words,
  }),
};

export const reindexSettings = {
  thread: optional({
    flag: '--thread',
    placeholder: '<thread-id>',
    help: 'only this one',
    read: words,
  }),
};

export const fenceSettings = {
  to: optional({
    flag: '--to',
    placeholder: '<epoch>',
    help: 'the epoch to raise all to, such as that of a run to go on with; default: the time of the database in milliseconds',
    read: integer(1, 999_999_999_999_999),
  }),
};

/** How long the service waits for a Postgres server. */
export const databaseSettings = {
  databaseConnectTimeoutMs: setting(
    {
      flag: '--database-connect-timeout-ms',
      placeholder: '<ms>',
      help: 'how long a call waits for a connection to a Postgres server, new or free',
      read: integer(1, HOUR_MS),
    },
    '5000',
  ),
  databaseStatementTimeoutMs: setting(
    {
      flag: '--database-statement-timeout-ms',
      placeholder: '<ms>',
      help: 'how long a Postgres server may work on one statement of a call',
      read: integer(1, HOUR_MS),
    },
    '20000',
  ),
};

/** The second listener, for released Codex CLIs. */
export const codexSettings = {
  codexListen: optional({
    flag: '--codex-listen',
    placeholder: '<host:port>',
    help: 'also serve Codex CLI 0.125 to 0.129 there, 127.0.0.1:50052 for example',
    read: hostAndPort,
    group: 'Codex:',
  }),
  codexTenant: setting(
    {
      flag: '--codex-tenant',
      placeholder: '<tenant>',
      help: 'whose threads Codex reads and writes there',
      read: tenant,
      group: 'Codex:',
    },
    'default',
  ),
  codexAllowRemote: setting(
    {
      flag: '--codex-allow-remote',
      placeholder: null,
      help: 'let that address be beyond loopback: Codex shows no credentials, so something before it must keep others out',
      read: toggle,
      group: 'Codex:',
    },
    'false',
  ),
  codexRequestBytesMax: setting(
    {
      flag: '--codex-request-bytes-max',
      placeholder: '<bytes>',
      help: 'bytes of requests of Codex under way; large ones beyond them are refused',
      read: bytes(1, 16_384 * 1_024 * 1_024),
      group: 'Codex:',
    },
    bytesText(codexRequestBytesDefault),
  ),
};

export const serveSettings = {
  listen: setting(
    {
      flag: '--listen',
      placeholder: '<host:port>',
      help: 'address to serve on; port 0 takes any free one',
      read: hostAndPort,
    },
    '127.0.0.1:50051',
  ),
  migrate: setting(
    {
      flag: '--migrate',
      placeholder: null,
      help: "bring the database's schema up to date first (the embedded one always is)",
      read: toggle,
    },
    'false',
  ),
  leaseDurationMs: setting(
    {
      flag: '--lease-duration-ms',
      placeholder: '<ms>',
      help: "how long a writer's lease runs without a write",
      read: integer(100, 24 * HOUR_MS),
    },
    '30000',
  ),
  drainTimeoutMs: setting(
    {
      flag: '--drain-timeout-ms',
      placeholder: '<ms>',
      help: 'how long calls under way may go on after SIGTERM or SIGINT',
      read: integer(0, HOUR_MS),
    },
    '25000',
  ),
  indexOnAppend: setting(
    {
      flag: '--index-on-append',
      placeholder: null,
      help: 'make the indexes of turns and messages when they are read, not with each append (variable: false)',
      read: toggle,
    },
    'true',
  ),
  reflection: setting(
    {
      flag: '--reflection',
      placeholder: null,
      help: 'no gRPC server reflection, which tools such as grpcurl use (variable: false)',
      read: toggle,
    },
    'true',
  ),
  logLevel: setting(
    {
      flag: '--log-level',
      placeholder: '<level>',
      help: 'silent, error, warn, info or debug; a line per call is info',
      read: oneOf(['silent', 'error', 'warn', 'info', 'debug']),
    },
    'info',
  ),
};

const endpointDefinition = {
  flag: '--endpoint',
  placeholder: '<host:port>',
  help: 'the service to talk to, with https:// before it over TLS; its replicas with commas between them',
  read: endpoints,
};
const deadlineDefinition = {
  flag: '--deadline-ms',
  placeholder: '<ms>',
  help: 'how long a single call may take',
  read: integer(1, HOUR_MS),
};
export const jsonDefinition = { flag: '--json', placeholder: null, read: toggle };

const security = { placeholder: '<file>', read: file, group: 'Security:' };

/** How a service is reached over TLS. Any of them, or an endpoint that begins with https://, means TLS. */
const clientTlsSettings = {
  tlsCa: optional({ ...security, flag: '--tls-ca', help: 'who may have issued its certificate, in PEM; means TLS' }),
  tlsCert: optional({ ...security, flag: '--tls-cert', help: 'our certificate, where it asks for one, in PEM' }),
  tlsKey: optional({ ...security, flag: '--tls-key', help: 'its private key, in PEM' }),
  tlsServerName: optional({
    flag: '--tls-server-name',
    placeholder: '<name>',
    help: 'the name that its certificate must be for; default: the host of the endpoint',
    read: words,
    group: 'Security:',
  }),
};

/** What every command that talks to a service takes. */
export const clientSettings = {
  endpoint: setting(endpointDefinition, '127.0.0.1:50051'),
  deadlineMs: setting(deadlineDefinition, '30000'),
  tokenFile: optional({
    ...security,
    flag: '--token-file',
    // A flag with the token itself would show in the list of processes.
    othersEnv: [tokenVariable],
    help: `file with the bearer token to show; ${tokenVariable} holds the token itself`,
  }),
  ...clientTlsSettings,
};

export const versionSettings = {
  endpoint: optional({
    ...endpointDefinition,
    help: 'also ask the service there, or each of several with commas between them, for its version and health',
  }),
  deadlineMs: setting(deadlineDefinition, '5000'),
  ...clientTlsSettings,
};

export const importSettings = {
  steal: setting(
    {
      flag: '--steal',
      placeholder: null,
      help: 'take a thread over from another writer whose lease runs',
      read: toggle,
    },
    'false',
  ),
  json: setting({ ...jsonDefinition, help: 'print one JSON object that says what became of each file' }, 'false'),
};

export const includeArchived = setting(
  {
    flag: '--include-archived',
    placeholder: null,
    help: 'also when the thread is archived',
    read: toggle,
  },
  'false',
);

export const exportSettings = {
  output: optional({
    flag: '--output',
    placeholder: '<file>',
    help: 'file to write, in the place of what it holds; default: stdout',
    read: words,
  }),
  includeArchived,
};
