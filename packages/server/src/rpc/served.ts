import type { AppendStreams } from './append-streams.ts';
import type { CallSource } from './begin-call.ts';
import type { AppendEnd } from './call-observer.ts';

/** What is served, and what the handlers of a server share. */
export interface Served extends CallSource {
  readonly appendStreams: AppendStreams;
  readonly onAppended: (append: AppendEnd) => void;
}
