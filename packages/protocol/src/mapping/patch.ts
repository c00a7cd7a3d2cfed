import { create } from '@bufbuild/protobuf';
import { TimestampSchema, type Timestamp } from '@bufbuild/protobuf/wkt';
import { ThreadStoreError, type GitInfoPatch, type JsonValue, type ThreadMetadataPatch } from '@threadstore/core';
import * as wire from '../gen/threadstore/v1/thread_pb.ts';
import { invalidRequest } from './fault.ts';
import { jsonFromWire, jsonToWire } from './json.ts';
import { known, type Known } from './known.ts';
import { memoryModeFromRequest, memoryModeToWire } from './memory-mode.ts';
import { sourceFromWire, sourceToWire } from './source.ts';
import { textToWire } from './text.ts';
import { timeFromWire, timeToWire } from './time.ts';
import { tokenUsageFromWire, tokenUsageToWire } from './token-usage.ts';

export interface PatchPlace {
  /** What the patch is called in its operation, for errors. */
  readonly field: 'patch' | 'metadata';
  /** The operation in upstream spelling, for refusals. */
  readonly operation: string;
}

type WirePatch = wire.ThreadMetadataPatch;
type Clearable = Known<typeof wire.ClearableField>;
type Member = keyof Required<ThreadMetadataPatch>;
type SettableField = Exclude<keyof WirePatch, '$typeName' | '$unknown' | 'clear'>;
type Present<T, K extends keyof T> = Exclude<T[K], undefined>;
type Draft<T> = { -readonly [K in keyof T]: T[K] };
type PatchDraft = Draft<Omit<ThreadMetadataPatch, 'gitInfo'>> & { gitInfo?: Draft<GitInfoPatch> };

/** Puts a member of a patch into the message. */
type ToWire<T> = (value: T, message: WirePatch, place: PatchPlace) => void;
/** Puts a field of the message into the patch. */
type FromWire<T> = (value: T, patch: PatchDraft, field: PatchPlace['field']) => void;

type ClearableText =
  | 'name'
  | 'title'
  | 'firstUserMessage'
  | 'model'
  | 'reasoningEffort'
  | 'threadSource'
  | 'agentNickname'
  | 'agentRole'
  | 'agentPath';
type PlainText = 'preview' | 'modelProvider' | 'cwd' | 'cliVersion';
type Time = 'createdAt' | 'updatedAt' | 'advanceRecencyAt';
type Json = 'approvalMode' | 'sandboxPolicy';

/** Every member that a patch can have: one that is missing here does not compile. */
const toWire: { readonly [K in Member]: ToWire<Present<ThreadMetadataPatch, K>> } = {
  name: setText('name', wire.ClearableField.NAME),
  title: setText('title', wire.ClearableField.TITLE),
  preview: setPlainText('preview'),
  firstUserMessage: setText('firstUserMessage', wire.ClearableField.FIRST_USER_MESSAGE),
  modelProvider: setPlainText('modelProvider'),
  model: setText('model', wire.ClearableField.MODEL),
  reasoningEffort: setText('reasoningEffort', wire.ClearableField.REASONING_EFFORT),
  createdAt: setTime('createdAt'),
  updatedAt: setTime('updatedAt'),
  advanceRecencyAt: setTime('advanceRecencyAt'),
  cwd: setPlainText('cwd'),
  cliVersion: setPlainText('cliVersion'),
  source: (value, message, { field }) => {
    message.source = sourceToWire(value, `${field}.source`);
  },
  threadSource: setText('threadSource', wire.ClearableField.THREAD_SOURCE),
  agentNickname: setText('agentNickname', wire.ClearableField.AGENT_NICKNAME),
  agentRole: setText('agentRole', wire.ClearableField.AGENT_ROLE),
  agentPath: setText('agentPath', wire.ClearableField.AGENT_PATH),
  gitInfo: setGitInfo,
  approvalMode: setJson('approvalMode', wire.ClearableField.APPROVAL_MODE),
  sandboxPolicy: setJson('sandboxPolicy', wire.ClearableField.SANDBOX_POLICY),
  tokenUsage: (value, message, { field }) => {
    if (value === null) message.clear.push(wire.ClearableField.TOKEN_USAGE);
    else message.tokenUsage = create(wire.TokenUsageSchema, tokenUsageToWire(value, `${field}.tokenUsage`));
  },
  memoryMode: (value, message) => {
    message.memoryMode = memoryModeToWire(value);
  },
  rolloutPath: (_value, _message, { operation }) => {
    throw new ThreadStoreError({
      reason: 'UNSUPPORTED_OPERATION',
      message: `${operation}.rollout_path: not supported by a remote store`,
      details: { operation: `${operation}.rollout_path` },
    });
  },
};

/** Every field that can be set: one that is missing here does not compile. */
const fromWire: { readonly [K in SettableField]: FromWire<Present<WirePatch, K>> } = {
  name: getText('name'),
  title: getText('title'),
  preview: getText('preview'),
  firstUserMessage: getText('firstUserMessage'),
  modelProvider: getText('modelProvider'),
  model: getText('model'),
  reasoningEffort: getText('reasoningEffort'),
  createdAt: getTime('createdAt'),
  updatedAt: getTime('updatedAt'),
  advanceRecencyAt: getTime('advanceRecencyAt'),
  cwd: getText('cwd'),
  cliVersion: getText('cliVersion'),
  source: (value, patch, field) => {
    patch.source = sourceFromWire(value, `${field}.source`, invalidRequest);
  },
  threadSource: getText('threadSource'),
  agentNickname: getText('agentNickname'),
  agentRole: getText('agentRole'),
  agentPath: getText('agentPath'),
  gitInfo: ({ commitHash, branch, repositoryUrl }, patch) => {
    patch.gitInfo = {
      ...(commitHash === undefined ? {} : { commitHash }),
      ...(branch === undefined ? {} : { branch }),
      ...(repositoryUrl === undefined ? {} : { repositoryUrl }),
    };
  },
  approvalModeJson: getJson('approvalMode'),
  sandboxPolicyJson: getJson('sandboxPolicy'),
  tokenUsage: (value, patch, field) => {
    patch.tokenUsage = tokenUsageFromWire(value, `${field}.tokenUsage`, invalidRequest);
  },
  memoryMode: (value, patch, field) => {
    patch.memoryMode = memoryModeFromRequest(value, `${field}.memoryMode`);
  },
};

/** The member that each clearable field names, as a path in the patch. */
const cleared: Readonly<Record<Clearable, ClearableText | Json | 'tokenUsage' | `gitInfo.${keyof GitInfoPatch}`>> = {
  [wire.ClearableField.NAME]: 'name',
  [wire.ClearableField.TITLE]: 'title',
  [wire.ClearableField.FIRST_USER_MESSAGE]: 'firstUserMessage',
  [wire.ClearableField.MODEL]: 'model',
  [wire.ClearableField.REASONING_EFFORT]: 'reasoningEffort',
  [wire.ClearableField.THREAD_SOURCE]: 'threadSource',
  [wire.ClearableField.AGENT_NICKNAME]: 'agentNickname',
  [wire.ClearableField.AGENT_ROLE]: 'agentRole',
  [wire.ClearableField.AGENT_PATH]: 'agentPath',
  [wire.ClearableField.GIT_COMMIT_HASH]: 'gitInfo.commitHash',
  [wire.ClearableField.GIT_BRANCH]: 'gitInfo.branch',
  [wire.ClearableField.GIT_REPOSITORY_URL]: 'gitInfo.repositoryUrl',
  [wire.ClearableField.APPROVAL_MODE]: 'approvalMode',
  [wire.ClearableField.SANDBOX_POLICY]: 'sandboxPolicy',
  [wire.ClearableField.TOKEN_USAGE]: 'tokenUsage',
};

export function patchToWire(patch: ThreadMetadataPatch, place: PatchPlace): WirePatch {
  const message = create(wire.ThreadMetadataPatchSchema);
  for (const key of Object.keys(patch)) {
    if (!isPatchKey(key)) throw invalidRequest(`${place.field}.${key}`, 'is not a field that can be set');
    memberToWire(key, patch, message, place);
  }
  return message;
}

export function patchFromWire(message: WirePatch, field: PatchPlace['field']): ThreadMetadataPatch {
  const patch: PatchDraft = {};
  for (const key of Object.keys(fromWire) as SettableField[]) memberFromWire(key, message, patch, field);
  for (const flag of new Set(message.clear)) clearMember(flag, patch, field);
  return patch;
}

function isPatchKey(key: string): key is Member {
  return Object.hasOwn(toWire, key);
}

function memberToWire<K extends Member>(
  key: K,
  patch: ThreadMetadataPatch,
  message: WirePatch,
  place: PatchPlace,
): void {
  const value = patch[key];
  if (value !== undefined) toWire[key](value as Present<ThreadMetadataPatch, K>, message, place);
}

function memberFromWire<K extends SettableField>(
  key: K,
  message: WirePatch,
  patch: PatchDraft,
  field: PatchPlace['field'],
): void {
  const value = message[key];
  if (value !== undefined) fromWire[key](value as Present<WirePatch, K>, patch, field);
}

function clearMember(flag: wire.ClearableField, patch: PatchDraft, field: PatchPlace['field']): void {
  const path = known(cleared, flag);
  if (path === undefined) throw invalidRequest(`${field}.clear`, `not a field that can be cleared (got ${flag})`);
  const [member, part] = path.split('.') as ['gitInfo', keyof GitInfoPatch] | [ClearableText | Json | 'tokenUsage'];
  const twice = (): ThreadStoreError => invalidRequest(`${field}.${path}`, 'is set and cleared at once');
  if (part !== undefined) {
    if (patch.gitInfo?.[part] !== undefined) throw twice();
    patch.gitInfo = { ...patch.gitInfo, [part]: null };
  } else if (member !== 'gitInfo') {
    if (patch[member] !== undefined) throw twice();
    patch[member] = null;
  }
}

function setText(key: ClearableText, flag: Clearable): ToWire<string | null> {
  return (value, message, { field }) => {
    if (value === null) message.clear.push(flag);
    else message[key] = textToWire(value, `${field}.${key}`);
  };
}

function setPlainText(key: PlainText): ToWire<string> {
  return (value, message, { field }) => {
    message[key] = textToWire(value, `${field}.${key}`);
  };
}

function setTime(key: Time): ToWire<Date> {
  return (value, message, { field }) => {
    message[key] = create(TimestampSchema, timeToWire(value, `${field}.${key}`));
  };
}

function setJson(key: Json, flag: Clearable): ToWire<JsonValue> {
  return (value, message, { field }) => {
    if (value === null) message.clear.push(flag);
    else message[`${key}Json`] = jsonToWire(value, `${field}.${key}`);
  };
}

const gitParts: { readonly [K in keyof Required<GitInfoPatch>]: Clearable } = {
  commitHash: wire.ClearableField.GIT_COMMIT_HASH,
  branch: wire.ClearableField.GIT_BRANCH,
  repositoryUrl: wire.ClearableField.GIT_REPOSITORY_URL,
};

function setGitInfo(value: GitInfoPatch, message: WirePatch, { field }: PatchPlace): void {
  const git = create(wire.GitInfoSchema);
  for (const part of Object.keys(gitParts) as (keyof GitInfoPatch)[]) {
    const text = value[part];
    if (text === null) message.clear.push(gitParts[part]);
    else if (text !== undefined) git[part] = textToWire(text, `${field}.gitInfo.${part}`);
  }
  message.gitInfo = git;
}

function getText(key: ClearableText | PlainText): FromWire<string> {
  return (value, patch) => {
    patch[key] = value;
  };
}

function getTime(key: Time): FromWire<Timestamp> {
  return (value, patch, field) => {
    patch[key] = timeFromWire(value, `${field}.${key}`, invalidRequest);
  };
}

function getJson(key: Json): FromWire<string> {
  return (value, patch, field) => {
    patch[key] = jsonFromWire(value, `${field}.${key}`, invalidRequest);
  };
}
