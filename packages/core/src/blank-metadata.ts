import type { StoredThread } from './thread.ts';

/** The metadata, times apart, of a thread whose creator gave none. */
export type PlainMetadata = Pick<
  StoredThread,
  | 'name'
  | 'title'
  | 'preview'
  | 'firstUserMessage'
  | 'modelProvider'
  | 'model'
  | 'reasoningEffort'
  | 'cwd'
  | 'cliVersion'
  | 'source'
  | 'threadSource'
  | 'agentNickname'
  | 'agentRole'
  | 'agentPath'
  | 'gitInfo'
  | 'approvalMode'
  | 'sandboxPolicy'
  | 'tokenUsage'
  | 'memoryMode'
>;

export const blankMetadata: PlainMetadata = {
  name: null,
  title: null,
  preview: '',
  firstUserMessage: null,
  modelProvider: '',
  model: null,
  reasoningEffort: null,
  cwd: '',
  cliVersion: '',
  source: 'unknown',
  threadSource: null,
  agentNickname: null,
  agentRole: null,
  agentPath: null,
  gitInfo: null,
  approvalMode: null,
  sandboxPolicy: null,
  tokenUsage: null,
  memoryMode: 'enabled',
};
