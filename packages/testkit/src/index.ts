export { freePort } from './free-port.ts';
export { migrated } from './migrated.ts';
export { startNativePostgres } from './native-postgres.ts';
export { type NativePostgresOptions, type NativeServer } from './native-server.ts';
export {
  answerOf,
  appendFrame,
  bytesField,
  frame,
  ownPath,
  type RawAnswer,
  type RawAppend,
  RawClient,
  varintField,
} from './raw-client.ts';
export { type RunningPostgres, withClient } from './running-postgres.ts';
export { createScratchDatabase, type ScratchDatabase, type Template, truncateAll } from './scratch-database.ts';
export { createScratchRole, createServingRole, type ScratchRole } from './scratch-role.ts';
export { Volume } from './server-place.ts';
export { stateOf } from './server-processes.ts';
export { startStandby } from './standby.ts';
export { type ProcessEnd, type StartedProcess, type StartOptions, startProcess } from './started-process.ts';
export { type ProxyMode, TcpProxy } from './tcp-proxy.ts';
export { type ServingProcess, serveThreadstore, startThreadstore } from './threadstore-process.ts';
export { waitFor, type WaitOptions } from './wait-for.ts';
export { CertificateAuthority, type CertificateInit, type Certified } from './certificates.ts';
