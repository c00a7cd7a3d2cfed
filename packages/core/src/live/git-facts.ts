import { raceAbort } from '../abort.ts';
import type { GitInfoPatch } from '../metadata-patch.ts';

/** Git info of a directory, asked for beside whatever else goes on. */
export type CollectGitInfo = (cwd: string, options: { readonly signal: AbortSignal }) => Promise<GitInfoPatch | null>;

export interface GitFactsOptions {
  /** `null` asks nobody. */
  readonly collect: CollectGitInfo | null;
  readonly onFacts: (info: GitInfoPatch) => void;
  readonly onFailure: (error: unknown) => void;
}

/** A collector that has not answered by then is not waited for. */
const patienceMs = 10_000;

/** One question to git, which can be waited for and called off. */
export class GitFacts {
  readonly #options: GitFactsOptions;
  readonly #abort = new AbortController();
  #answered: Promise<void> = Promise.resolve();

  constructor(options: GitFactsOptions) {
    this.#options = options;
  }

  ask(cwd: string | undefined): void {
    const { collect } = this.#options;
    if (collect === null || cwd === undefined || cwd === '') return;
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(patienceMs)]);
    const calledOff = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    // Whether or not the collector listens to its signal.
    this.#answered = Promise.race([this.#collect(() => collect(cwd, { signal })), calledOff]);
  }

  /** Resolves when there is an answer, or nobody wants it any more. */
  answered(signal: AbortSignal | undefined): Promise<void> {
    return raceAbort(this.#answered, signal, 'none');
  }

  callOff(): void {
    this.#abort.abort();
  }

  async #collect(collect: () => Promise<GitInfoPatch | null>): Promise<void> {
    const { onFacts, onFailure } = this.#options;
    try {
      const info = await collect();
      if (info !== null) onFacts(info);
    } catch (error) {
      if (!this.#abort.signal.aborted) onFailure(error);
    }
  }
}
