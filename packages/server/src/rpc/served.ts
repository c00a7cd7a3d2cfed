import type { AppendStreams } from './append-streams.ts';
import type { CallSource } from './begin-call.ts';

/** What is served, and what the handlers of a server share. */
export interface Served extends CallSource {
  readonly appendStreams: AppendStreams;
}
