import { invalidField, pathUnsupported } from '../error-factories.ts';
import type { Limits } from '../limits.ts';
import type { GitInfoPatch, ThreadMetadataPatch } from '../metadata-patch.ts';
import type { JsonValue, MemoryMode, SessionSource, TokenUsage } from '../thread.ts';
import { checkCount } from './integer.ts';
import { checkJsonValue } from './json-value.ts';
import { isRecord, type Untyped } from './params.ts';
import { checkText } from './text.ts';
import { checkTime } from './time.ts';

/** A patch that can be stored as it stands; shares nothing with the caller's. */
export type CheckedPatch = Omit<ThreadMetadataPatch, 'rolloutPath'>;

type FieldCheck<T> = (value: unknown, field: string, limits: Limits) => T;

const text: FieldCheck<string> = (value, field, limits) => checkText(value, field, 'metadataValueBytesMax', limits);

function clearable<T>(check: FieldCheck<T>): FieldCheck<T | null> {
  return (value, field, limits) => (value === null ? null : check(value, field, limits));
}

const patchFields: { readonly [K in keyof CheckedPatch]-?: FieldCheck<CheckedPatch[K]> } = {
  name: clearable((value, field, limits) => checkText(value, field, 'nameBytesMax', limits)),
  title: clearable(text),
  preview: text,
  firstUserMessage: clearable(text),
  modelProvider: text,
  model: clearable(text),
  reasoningEffort: clearable(text),
  createdAt: checkTime,
  updatedAt: checkTime,
  advanceRecencyAt: checkTime,
  cwd: text,
  cliVersion: text,
  source: checkSource,
  threadSource: clearable(text),
  agentNickname: clearable(text),
  agentRole: clearable(text),
  agentPath: clearable(text),
  gitInfo: checkGitInfo,
  approvalMode: checkJsonValue,
  sandboxPolicy: checkJsonValue,
  tokenUsage: clearable(checkTokenUsage),
  memoryMode: checkMemoryMode,
};

const gitFields: { readonly [K in keyof GitInfoPatch]-?: FieldCheck<GitInfoPatch[K]> } = {
  commitHash: clearable(text),
  branch: clearable(text),
  repositoryUrl: clearable(text),
};

const usageFields: { readonly [K in keyof TokenUsage]: FieldCheck<number> } = {
  inputTokens: checkCount,
  cachedInputTokens: checkCount,
  outputTokens: checkCount,
  reasoningOutputTokens: checkCount,
  totalTokens: checkCount,
};

export interface PatchPlace {
  /** What the patch is called in its operation: `patch` or `metadata`. */
  readonly field: string;
  /** The operation's upstream spelling, for refusals. */
  readonly operation: string;
}

export function checkPatch(patch: unknown, { field, operation }: PatchPlace, limits: Limits): CheckedPatch {
  if (!isRecord(patch)) throw invalidField(field, 'must be an object');
  if (patch.rolloutPath !== undefined) throw pathUnsupported(operation);
  return checkFields(patch, field, patchFields, limits);
}

/** Every member by its check; `undefined` is absent. `rolloutPath: undefined` is the one unknown member that may be there. */
function checkFields(
  value: Untyped,
  field: string,
  checks: Readonly<Record<string, FieldCheck<unknown>>>,
  limits: Limits,
): object {
  const checked: [string, unknown][] = [];
  for (const [key, member] of Object.entries(value)) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (check === undefined) {
      if (key === 'rolloutPath' && checks === patchFields) continue;
      throw invalidField(`${field}.${shortKey(key)}`, 'is not a field that can be set');
    }
    if (member !== undefined) checked.push([key, check(member, `${field}.${key}`, limits)]);
  }
  return Object.fromEntries(checked);
}

const shownKeyLength = 40;

/** A member's name as it may stand in a message. */
function shortKey(key: string): string {
  const shown = key.length > shownKeyLength ? `${key.slice(0, shownKeyLength)}...` : key;
  return /^[\w.$-]*$/.test(shown) ? shown : JSON.stringify(shown.toWellFormed());
}

export function checkSource(value: unknown, field: string, limits: Limits): SessionSource {
  if (typeof value === 'string') {
    // Where sources are kept as text, a brace marks a structured one.
    if (value.startsWith('{')) throw invalidField(field, 'a plain origin must not start with "{"');
    return text(value, field, limits);
  }
  if (!isRecord(value)) throw invalidField(field, 'must be a string or an object');
  return checkJsonValue(value, field, limits) as { readonly [key: string]: JsonValue };
}

function checkGitInfo(value: unknown, field: string, limits: Limits): GitInfoPatch {
  if (!isRecord(value)) throw invalidField(field, 'must be an object');
  return checkFields(value, field, gitFields, limits);
}

function checkTokenUsage(value: unknown, field: string, limits: Limits): TokenUsage {
  if (!isRecord(value)) throw invalidField(field, 'must be an object');
  const checked = checkFields(value, field, usageFields, limits);
  for (const key of Object.keys(usageFields)) {
    if (!Object.hasOwn(checked, key)) throw invalidField(`${field}.${key}`, 'is missing');
  }
  return checked as TokenUsage;
}

function checkMemoryMode(value: unknown, field: string): MemoryMode {
  if (value !== 'enabled' && value !== 'disabled') throw invalidField(field, 'must be "enabled" or "disabled"');
  return value;
}
