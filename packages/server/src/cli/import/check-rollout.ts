import { stat } from 'node:fs/promises';
import { ThreadStoreError, type Limits, type ThreadId } from '@threadstore/core';
import { checkAppendItems } from '@threadstore/core/internal';
import { asObject, objectMember, textMember, type JsonObject } from './json-members.ts';
import { LineFault } from './line-fault.ts';
import { rolloutLines } from './rollout-lines.ts';
import { RolloutMetadataReader, type RolloutMetadata } from './rollout-metadata.ts';
import { threadIdOf, threadIdOfFileName } from './thread-id-of.ts';

/** A file whose every line can be imported. */
export interface CheckedRollout {
  readonly path: string;
  readonly threadId: ThreadId;
  readonly metadata: RolloutMetadata;
  readonly items: number;
  /** How much of the file was checked; what is appended to it later is left out. */
  readonly bytes: number;
}

/**
 * Reads a rollout file once, stores nothing, and tells what there is to import.
 *
 * Throws a `LineFault` for the first bad line, and an `Error` for a file without lines or without a thread id.
 */
export async function checkRollout(
  path: string,
  limits: Limits,
  onBytes: (bytes: number) => void,
): Promise<CheckedRollout> {
  const file = await stat(path);
  if (file.isDirectory()) throw new Error('is a directory');
  // A pipe would be empty when it is read again, to be stored.
  if (!file.isFile()) throw new Error('is no plain file, and an import reads its files twice');
  let found: { threadId: ThreadId; metadata: RolloutMetadataReader } | undefined;
  let items = 0;
  let bytes = 0;
  for await (const lines of rolloutLines(path, { lineBytesMax: limits.itemBytesMax })) {
    for (const line of lines) {
      const parsed = checkLine(line.number, line.text, limits);
      found ??= begin(path, parsed, limits);
      found.metadata.observe(parsed);
      items += 1;
      bytes += line.bytes;
      onBytes(line.bytes);
    }
  }
  if (found === undefined) throw new Error('is empty');
  return { path, threadId: found.threadId, metadata: found.metadata.result(), items, bytes };
}

function begin(
  path: string,
  first: JsonObject,
  limits: Limits,
): { threadId: ThreadId; metadata: RolloutMetadataReader } {
  const threadId = idOfFirstLine(first) ?? threadIdOfFileName(path);
  if (threadId === null) {
    throw new Error('no thread id: its first line is no session_meta with an id, and its name does not end in a UUID');
  }
  return { threadId, metadata: new RolloutMetadataReader(threadId, limits) };
}

function idOfFirstLine(first: JsonObject): ThreadId | null {
  if (textMember(first, 'type') !== 'session_meta') return null;
  const id = textMember(objectMember(first, 'payload'), 'id');
  const threadId = threadIdOf(id);
  if (id !== undefined && threadId === null) throw new LineFault(1, 'payload.id is not a UUID');
  return threadId;
}

// The checks of an append, for one item and before anything is sent.
const writer = { threadId: 'ffffffff-ffff-ffff-ffff-ffffffffffff', epoch: 0n, sequence: 0n };

function checkLine(number: number, text: string, limits: Limits): JsonObject {
  try {
    checkAppendItems({ ...writer, items: [text] }, limits);
  } catch (error) {
    if (!(error instanceof ThreadStoreError)) throw error;
    throw new LineFault(number, error.message.replace(/^items(\[0\])?: /, ''));
  }
  // An object, as was just checked.
  return asObject(JSON.parse(text)) ?? {};
}
