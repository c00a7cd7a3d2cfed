import * as grpc from '@grpc/grpc-js';
import { CodexThreadStore } from '@threadstore/codex';
import type { Limits } from '@threadstore/core';
import { PostgresThreadStore, type PostgresThreadStoreOptions } from '@threadstore/postgres';
import { ThreadStoreService } from '@threadstore/protocol';
import { auditedCalls, auditedCodexCalls } from '../../audit/audited-calls.ts';
import { fixedPrincipal } from '../../auth/fixed-principal.ts';
import { createCodexServer } from '../../codex-server.ts';
import { errorFields } from '../../error-fields.ts';
import { isLoopback } from '../../host.ts';
import { stderrLogger, type Logger } from '../../log.ts';
import { createThreadStoreServer } from '../../server.ts';
import type { HostOptions } from '../../service-host.ts';
import { threadStoreVersion } from '../../version.ts';
import { CliError } from '../cli-error.ts';
import type { ExitCode, Invocation } from '../command.ts';
import { checkAccess, type Opening } from '../security/access.ts';
import { authenticates, encrypts, openSecurity } from '../security/security.ts';
import { appendStreamLimitsOf } from '../settings/append-stream-settings.ts';
import { limitsOf } from '../settings/limit-settings.ts';
import { serviceLimitsOf } from '../settings/service-limit-settings.ts';
import { StopSignals } from '../stop-signals.ts';
import { checkStorage, migrateStorage, openStorage, storageRisks, type Storage } from '../storage.ts';
import { TenantStores } from '../tenant-stores.ts';
import { writeWhenReady } from '../terminal.ts';
import { codexAddress, listen, type Listener } from './listeners.ts';
import { Operations } from './operations.ts';
import type { serveCommandSettings } from './serve.ts';

/**
 * How long a server's database may take to let go once no call is left. It may be stuck in a statement of a call that was cut off. With
 * the default time to drain it makes 29 s: orchestrators kill after 30.
 */
const closeTimeoutMs = 4_000;

type ServeInvocation = Invocation<typeof serveCommandSettings>;

/** Runs the service until a signal asks it to stop. */
export async function runService(invocation: ServeInvocation): Promise<ExitCode> {
  const limits = limitsOf(invocation.settings);
  // Before anything is opened.
  const opening = openingOf(invocation.settings);
  codexAddress(invocation.settings);
  // grpc-js prints to stderr by itself; what it has to say is in the errors and in our log. GRPC_TRACE still works.
  if (invocation.env['GRPC_VERBOSITY'] === undefined) grpc.setLogVerbosity(grpc.logVerbosity.NONE);
  const log = stderrLogger(invocation.settings.logLevel.value);
  const exit = (): never => {
    log.flush();
    process.exit(1);
  };
  using stop = new StopSignals(exit);
  // Node's own way would print the error's message, which may quote what a caller sent.
  process.once('uncaughtException', (error) => {
    log.logger.error({ error: errorFields(error) }, 'uncaught exception');
    exit();
  });
  try {
    return await serve(invocation, { limits, opening }, log.logger, stop);
  } finally {
    log.flush();
  }
}

interface Checked {
  readonly limits: Limits;
  readonly opening: Opening;
}

async function serve(
  invocation: ServeInvocation,
  { limits, opening }: Checked,
  logger: Logger,
  stop: StopSignals,
): Promise<ExitCode> {
  const { settings: given, terminal } = invocation;
  using security = await openSecurity(given, logger);
  await using operations = await Operations.start(given, logger);
  const { readiness, onAppendGroup } = operations;
  const storage = await openStorage(given);
  await using database = storage.database;
  operations.opened(storage);
  if (storage.isEmbedded || given.migrate.value) await migrated(storage, logger);
  else await checkedSchema(storage);
  const risks = await storageRisks(storage, given);
  await using stores = tenantStores(given, { database, limits, ...(onAppendGroup !== undefined && { onAppendGroup }) });
  const host = {
    limits,
    serviceLimits: serviceLimitsOf(given),
    logger,
    readiness,
    reflection: given.reflection.value,
    drainTimeoutMs: given.drainTimeoutMs.value,
  };
  const server = createThreadStoreServer({
    ...host,
    observers: operations.observersOf(ThreadStoreService.typeName, auditedCalls),
    store: stores.of,
    gates: [...security.gates, stores],
    ...(security.credentials === undefined ? {} : { credentials: security.credentials }),
    appendStreamLimits: appendStreamLimitsOf(given),
  });
  const codexHost = { ...host, observers: operations.observersOf(CodexThreadStore.typeName, auditedCodexCalls) };
  const codex = codexListener(codexHost, stores, given);
  if (stop.signal.aborted) return 0;
  const address = await listen({ server, at: given.listen, opening }, logger);
  const codexListen =
    codex === null
      ? null
      : await listen(codex, logger).catch(async (error: unknown) => {
          await server.drain();
          throw error;
        });
  operations.serving(storage);
  for (const risk of risks) logger.warn({ database: database.description }, risk);
  logger.info(
    {
      version: threadStoreVersion,
      listen: address,
      ...(codexListen !== null && { codexListen }),
      ...(operations.address !== undefined && { metricsListen: operations.address }),
      database: database.description,
    },
    'listening',
  );
  const announced = codexListen === null ? '' : `threadstore listening for Codex on ${codexListen}\n`;
  await writeWhenReady(terminal.stdout, `threadstore listening on ${address}\n${announced}`).catch(() => undefined);
  await stop.requested();
  logger.info({}, 'stopping');
  await operations.draining();
  await Promise.all([server.drain(), codex?.server.drain()]);
  if (!storage.isEmbedded) {
    stop.forceAfter(closeTimeoutMs, () => logger.warn({}, 'ending without the database, which does not let go'));
  }
  return 0;
}

/** A store for each tenant, all of one database. */
function tenantStores(
  { leaseDurationMs, indexOnAppend }: ServeInvocation['settings'],
  shared: Pick<PostgresThreadStoreOptions, 'database' | 'limits' | 'onAppendGroup'>,
): TenantStores {
  const how = { ...shared, leaseDurationMs: leaseDurationMs.value, indexOnAppend: indexOnAppend.value };
  return new TenantStores({ open: (tenant) => new PostgresThreadStore({ ...how, tenant }) });
}

async function migrated(storage: Storage, logger: Logger): Promise<void> {
  const { from, to } = await migrateStorage(storage);
  if (from !== to) logger.info({ from, to }, 'migrated the database');
}

async function checkedSchema(storage: Storage): Promise<void> {
  try {
    await checkStorage(storage);
  } catch (error) {
    if (!(error instanceof CliError) || !error.message.includes('run its migrations')) throw error;
    throw new CliError(`${error.message} (threadstore migrate, or serve --migrate)`);
  }
}

function codexListener(
  host: HostOptions & { readonly limits: Limits },
  stores: TenantStores,
  given: ServeInvocation['settings'],
): Listener | null {
  const at = codexAddress(given);
  if (at === null) return null;
  const tenant = given.codexTenant.value;
  const server = createCodexServer({
    ...host,
    store: stores.hold(tenant),
    gates: [fixedPrincipal({ tenant, subject: 'codex', scopes: new Set(['read', 'write']) })],
    requestBytesMax: given.codexRequestBytesMax.value,
  });
  return { server, at, opening: isLoopback(at.value.host) ? null : 'everybody' };
}

/** What the address of the service opens to others, if that is allowed. */
function openingOf(given: ServeInvocation['settings']): Opening {
  return checkAccess({ ...given, authenticates: authenticates(given), encrypts: encrypts(given) });
}
