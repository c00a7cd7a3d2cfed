export type { AppendGroup } from './append-groups/append-groups.ts';
export type {
  ConnectionCounts,
  Database,
  Param,
  Row,
  RunQuery,
  TransactionOptions,
  TransactionSession,
} from './database.ts';
export { databaseRisks, riskText, type DatabaseRisk } from './durability.ts';
export { inspectDatabase, inspectSchema, type DatabaseFacts, type SchemaFacts } from './inspect-database.ts';
export { connectPostgres, type ConnectPostgresOptions } from './drivers/pg.ts';
export { openEmbedded, type OpenEmbeddedOptions } from './drivers/pglite.ts';
export { fenceWriters, type FenceOptions, type FenceResult } from './fence-writers.ts';
export { grantServing } from './grant-serving.ts';
export {
  checkSchema,
  migrate,
  schemaFault,
  schemaVersion,
  type MigrateOptions,
  type MigrateResult,
} from './migrate.ts';
export { PostgresThreadStore, type PostgresThreadStoreOptions } from './postgres-thread-store.ts';
export { enforceTenants, tenantWarnings } from './tenant-wall.ts';
export {
  reindexThreads,
  type ReindexedThread,
  type ReindexOptions,
  type ReindexResult,
} from './thread-index/reindex.ts';
