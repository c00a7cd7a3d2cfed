import { serveThreadstore, waitFor, type ServingProcess } from '@threadstore/testkit';

export interface CodexProcess extends ServingProcess {
  /** Where it listens for Codex. */
  readonly codexEndpoint: string;
}

/** Starts `threadstore serve` with its second listener, on free ports. */
export async function serveForCodex(args: readonly string[]): Promise<CodexProcess> {
  const serving = await serveThreadstore(['--codex-listen', '127.0.0.1:0', ...args]);
  let codexEndpoint: string | undefined;
  await waitFor(
    () => (codexEndpoint = /^threadstore listening for Codex on (\S+)$/m.exec(serving.stdout())?.[1]) !== undefined,
    { what: 'the listener for Codex' },
  );
  return { ...serving, codexEndpoint: codexEndpoint ?? '' };
}
