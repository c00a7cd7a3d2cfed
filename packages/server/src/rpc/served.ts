import type { ThreadStore } from '@threadstore/core';
import type { AppendStreams } from './append-streams.ts';
import type { CallRecords } from './call-record.ts';

/** What is served, and what the handlers of a server share. */
export interface Served {
  readonly store: ThreadStore;
  readonly records: CallRecords;
  readonly appendStreams: AppendStreams;
}
