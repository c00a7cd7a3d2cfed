export { freePort } from './free-port.ts';
export { migrated } from './migrated.ts';
export { type NativePostgresOptions, startNativePostgres } from './native-postgres.ts';
export { type RunningPostgres, withClient } from './running-postgres.ts';
export { createScratchDatabase, type ScratchDatabase, type Template, truncateAll } from './scratch-database.ts';
export { createScratchRole, createServingRole, type ScratchRole } from './scratch-role.ts';
export { type ProcessEnd, type StartedProcess, type StartOptions, startProcess } from './started-process.ts';
export { type ServingProcess, serveThreadstore, startThreadstore } from './threadstore-process.ts';
export { waitFor, type WaitOptions } from './wait-for.ts';
