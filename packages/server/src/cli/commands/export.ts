import { randomUUID } from 'node:crypto';
import { open, realpath, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import type { ThreadStore } from '@threadstore/core';
import { CliError } from '../cli-error.ts';
import { command } from '../command.ts';
import { fileFault } from '../failure-text.ts';
import { clientSettings, exportSettings } from '../settings/settings.ts';
import { writeWhenReady } from '../terminal.ts';
import { withRemoteStore } from './remote.ts';

interface ExportRequest {
  readonly threadId: string;
  readonly includeArchived: boolean;
}

/** Items that had line breaks between their tokens, which can't stand in a file of lines. */
interface ExportResult {
  readonly rewritten: number;
}

export const exportCommand = command({
  name: 'export',
  summary: "write a thread's items, one per line",
  description:
    "Writes a thread's items as JSON Lines, each exactly as it was appended. The thread is read as it is when the export " +
    'begins. With --output the file appears when it is complete.',
  args: [{ name: '<thread-id>', help: 'id of the thread' }],
  examples: [
    { line: 'threadstore export 01890a5d-ac96-774b-bcce-b302099a8057 | jq .type', does: 'to a program' },
    { line: 'threadstore export --output thread.jsonl 01890a5d-ac96-774b-bcce-b302099a8057', does: 'to a file' },
  ],
  settings: { ...clientSettings, ...exportSettings },
  run: async ({ settings, args, terminal }) => {
    const request = { threadId: args[0] ?? '', includeArchived: settings.includeArchived.value };
    const output = settings.output.value;
    const { rewritten } = await withRemoteStore(settings, (store) =>
      output === null || output === '-'
        ? writeItems(store, request, (text) => writeWhenReady(terminal.stdout, text))
        : writeFile(store, request, output),
    );
    if (rewritten > 0) {
      terminal.stderr.write(`threadstore: line breaks inside of ${rewritten} items were written as spaces\n`);
    }
    return 0;
  },
});

type Write = (text: string) => Promise<void>;

async function writeItems(store: ThreadStore, request: ExportRequest, write: Write): Promise<ExportResult> {
  let rewritten = 0;
  for await (const { items } of store.streamHistory(request)) {
    let text = '';
    for (const item of items) {
      // In JSON a raw line feed can only stand between tokens.
      const isMultiline = item.includes('\n');
      if (isMultiline) rewritten += 1;
      text += isMultiline ? `${item.replaceAll('\n', ' ')}\n` : `${item}\n`;
    }
    await write(text);
  }
  return { rewritten };
}

/**
 * Writes beside the file and renames: a failed export leaves the file as it was. Who may read the file stays as it is. What is no
 * plain file is written to as it is.
 */
async function writeFile(store: ThreadStore, request: ExportRequest, path: string): Promise<ExportResult> {
  const present = await stat(path).catch(() => undefined);
  if (present !== undefined && !present.isFile()) {
    await using file = await open(path, 'w');
    return await writeTo(store, request, file);
  }
  // Through a link to the file that it stands for.
  const target = await realpath(path).catch(() => path);
  const partial = `${target}.${randomUUID()}.partial`;
  try {
    const result = await writePartial(store, request, partial, present?.mode);
    await rename(partial, target);
    return result;
  } catch (error) {
    await unlink(partial).catch(() => undefined);
    const fault = fileFault(error);
    throw fault === undefined ? error : new CliError(`${path}: ${fault.text}`);
  }
}

/** `mode`: of the file that it is to replace. Nobody else may read the new one before it has it. */
async function writePartial(
  store: ThreadStore,
  request: ExportRequest,
  path: string,
  mode: number | undefined,
): Promise<ExportResult> {
  await using file = await open(path, 'wx', mode === undefined ? 0o666 : 0o600);
  if (mode !== undefined) await file.chmod(mode & 0o777);
  const result = await writeTo(store, request, file);
  await file.sync();
  return result;
}

function writeTo(store: ThreadStore, request: ExportRequest, file: FileHandle): Promise<ExportResult> {
  return writeItems(store, request, (text) => file.appendFile(text));
}
