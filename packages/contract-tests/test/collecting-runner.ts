import { liveLayerContract, threadStoreContract, type ContractFactory, type ContractOptions } from '../src/index.ts';

/** A test as a runner sees it. */
export interface CollectedTest {
  /** The names of its groups and its own, with ` > ` between. */
  readonly path: string;
  readonly run: () => Promise<void>;
}

export interface CollectOptions {
  readonly modelRuns?: number;
  readonly seed?: number;
}

/** The tests that the contract registers, in order, for running some of them. */
export function collectContract(factory: ContractFactory, options: CollectOptions = {}): CollectedTest[] {
  return collected((runner) => threadStoreContract({ ...options, ...runner, factory }));
}

/** Those of the live layer. */
export function collectLiveLayer(factory: ContractFactory): CollectedTest[] {
  return collected((runner) => liveLayerContract({ ...runner, factory }));
}

function collected(registerWith: (runner: Pick<ContractOptions, 'describe' | 'test'>) => void): CollectedTest[] {
  const groups: string[] = [];
  const tests: CollectedTest[] = [];
  registerWith({
    describe: (name, body) => {
      groups.push(name);
      body();
      groups.pop();
    },
    test: (name, run) => tests.push({ path: [...groups, name].join(' > '), run }),
  });
  return tests;
}

/** The tests of the chapters whose names begin so. */
export function inChapters(tests: readonly CollectedTest[], chapters: readonly string[]): CollectedTest[] {
  return tests.filter(({ path }) => chapters.some((chapter) => path.split(' > ')[1]?.startsWith(chapter)));
}

/** Whether one of the tests fails. They run one after another, until one does. */
export async function anyFails(tests: readonly CollectedTest[]): Promise<boolean> {
  for (const { run } of tests) {
    try {
      await run();
    } catch {
      return true;
    }
  }
  return false;
}

/** Runs the tests one after another; what failed, by path. */
export async function failuresOf(tests: readonly CollectedTest[]): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>();
  for (const { path, run } of tests) {
    try {
      await run();
    } catch (error) {
      failures.set(path, error);
    }
  }
  return failures;
}
