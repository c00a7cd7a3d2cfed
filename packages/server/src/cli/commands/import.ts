import { CliError } from '../cli-error.ts';
import { command, type Invocation } from '../command.ts';
import { jsonText } from '../format/json-text.ts';
import { visibleText } from '../format/visible-text.ts';
import { importFile, type FileOutcome } from '../import/import-file.ts';
import { startProgress, type Progress } from '../import/progress.ts';
import { rolloutFiles } from '../import/rollout-files.ts';
import { limitSettings, limitsOf } from '../settings/limit-settings.ts';
import { clientSettings, importSettings } from '../settings/settings.ts';
import { StopSignals } from '../stop-signals.ts';
import { writeWhenReady } from '../terminal.ts';
import { withRemoteStore } from './remote.ts';

const { itemBytesMax, appendBytesMax, batchItemsMax, jsonDepthMax, nameBytesMax, metadataValueBytesMax } =
  limitSettings;
const limits = { itemBytesMax, appendBytesMax, batchItemsMax, jsonDepthMax, nameBytesMax, metadataValueBytesMax };
const settings = { ...clientSettings, ...importSettings, ...limits };
type ImportInvocation = Invocation<typeof settings>;

export const importCommand = command({
  name: 'import',
  summary: 'store Codex rollout files as threads',
  description: [
    'Stores rollout files of Codex (JSON Lines), each as one thread under its own id. Each line becomes one item, exactly as ' +
      'it is. A folder stands for the rollout-*.jsonl files below it.',
    'A file is checked before anything of it is stored: a bad line is named, and its file left out. Importing a file again ' +
      'stores what was added to it since. Nothing is overwritten: where thread and file differ, the first such line is named.',
    'The limits are those of the service; give them where it has others than the default ones.',
  ].join('\n\n'),
  args: [{ name: '<files...>', help: 'rollout files, or folders of them' }],
  examples: [
    { line: 'threadstore import rollout-2026-01-31T23-59-59-01890a5d-ac96-774b-bcce-b302099a8057.jsonl', does: 'one' },
    { line: 'threadstore import ~/.codex/sessions', does: 'all of them' },
  ],
  settings,
  run: async (invocation) => {
    const { terminal } = invocation;
    limitsOf(invocation.settings);
    const files = await rolloutFiles(invocation.args);
    if (files.length === 0) throw new CliError('no rollout-*.jsonl files there');
    // Each file is read twice: once to check it, once to store or compare it.
    const progress = startProgress(terminal, 2 * files.reduce((sum, { bytes }) => sum + bytes, 0));
    using stop = new StopSignals(() => process.exit(1));
    const outcomes: FileOutcome[] = [];
    try {
      await importAll(
        invocation,
        files.map(({ path }) => path),
        stop.signal,
        progress,
        outcomes,
      );
    } finally {
      progress.stop();
    }
    const summary = summaryOf(outcomes);
    const printed = invocation.settings.json.value ? jsonText({ ...summary, files: outcomes }) : summaryText(summary);
    await writeWhenReady(terminal.stdout, `${printed}\n`);
    const isComplete = summary.failed === 0 && outcomes.length === files.length;
    return isComplete ? 0 : 1;
  },
});

async function importAll(
  { settings: given }: ImportInvocation,
  paths: readonly string[],
  signal: AbortSignal,
  progress: Progress,
  outcomes: FileOutcome[],
): Promise<void> {
  const fixed = { endpoint: given.endpoint.value, limits: limitsOf(given), steal: given.steal.value, signal, progress };
  await withRemoteStore(given, async (store) => {
    for (const path of paths) {
      if (signal.aborted) break;
      const outcome = await importFile(path, { store, ...fixed });
      outcomes.push(outcome);
      if (outcome.error !== null) progress.complain(`threadstore: ${visibleText(outcome.error)}`);
      else if (!given.json.value) progress.print(outcomeText(outcome));
    }
  });
}

function outcomeText({ file, threadId, status, stored }: FileOutcome): string {
  const what = status === 'unchanged' ? 'unchanged' : `${status}, ${stored} ${stored === 1 ? 'item' : 'items'}`;
  return `${visibleText(file)}: ${what}, thread ${threadId}`;
}

type Summary = Readonly<Record<FileOutcome['status'], number>>;

function summaryOf(outcomes: readonly FileOutcome[]): Summary {
  const count = (status: FileOutcome['status']): number => outcomes.filter((one) => one.status === status).length;
  return {
    created: count('created'),
    appended: count('appended'),
    unchanged: count('unchanged'),
    failed: count('failed'),
  };
}

function summaryText(summary: Summary): string {
  return Object.entries(summary)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${status}`)
    .join(', ');
}
