/**
 * The operations that a store may lack, with the spelling in which refusals name them. A store that lacks one has `false`
 * in its `capabilities` and rejects the call with `unsupported`.
 */
export const optionalOperations = {
  readThreadByRolloutPath: 'read_thread_by_rollout_path',
  listTurns: 'list_turns',
  listItems: 'list_items',
  searchThreads: 'search_threads',
  forkThread: 'fork_thread',
  loadModelContext: 'load_model_context',
  tailThread: 'tail_thread',
  watchThreads: 'watch_threads',
} as const;

export type OptionalOperation = keyof typeof optionalOperations;

/** Which optional operations a store has. */
export type StoreCapabilities = Readonly<Record<OptionalOperation, boolean>>;

/** Of a store that has none of them. */
export const noOptionalOperations: StoreCapabilities = {
  readThreadByRolloutPath: false,
  listTurns: false,
  listItems: false,
  searchThreads: false,
  forkThread: false,
  loadModelContext: false,
  tailThread: false,
  watchThreads: false,
};
