import { loadFiles, type LoadedFiles } from '../../auth/loaded-files.ts';
import type { Logger } from '../../log.ts';
import { usageError } from '../cli-error.ts';
import { failureText } from '../failure-text.ts';

/** The files that settings name: read at the start, when they change, and when a SIGHUP comes. */
export class LoadedSettings implements Disposable {
  readonly #logger: Logger;
  readonly #files: LoadedFiles[] = [];
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
    process.on('SIGHUP', this.#reload);
  }

  /** Rejects with what the setting of that name is to be corrected for. */
  async add(name: string, paths: readonly string[], load: () => Promise<void>): Promise<void> {
    try {
      this.#files.push(await loadFiles({ paths, load, logger: this.#logger }));
    } catch (error) {
      const text = failureText(error);
      const [path = ''] = paths;
      throw usageError(`${name}: ${paths.some((one) => text.startsWith(one)) ? text : `${path}: ${text}`}`);
    }
  }

  /** Does something from time to time. It tells of its own failures. */
  every(ms: number, work: () => Promise<void>): void {
    this.#timers.push(setInterval(() => void work(), ms).unref());
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer);
    process.off('SIGHUP', this.#reload);
    for (const files of this.#files) files[Symbol.dispose]();
  }

  readonly #reload = (): void => {
    for (const files of this.#files) void files.reload();
  };
}
