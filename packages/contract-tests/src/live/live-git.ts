import assert from 'node:assert/strict';
import type { GitInfoPatch, LiveThread, LiveThreadSettings, ThreadStore } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { refused } from '../support/refusals.ts';
import { withinBound } from '../support/waiting.ts';
import { recordedStore } from './intercepted-store.ts';
import { remark } from './live-items.ts';
import { allElse, createLive, isSettled, Told } from './live-support.ts';

const found = { commitHash: 'abc', branch: 'main', repositoryUrl: 'https://example.org/r.git' };

/** Git that answers when the test says so. */
class ManualGit {
  readonly asked: string[] = [];
  signal: AbortSignal | undefined;
  readonly #answer = Promise.withResolvers<GitInfoPatch | null>();

  readonly settings: Pick<LiveThreadSettings, 'gitInfo'> = {
    gitInfo: (cwd, { signal }) => {
      this.asked.push(cwd);
      this.signal = signal;
      return this.#answer.promise;
    },
  };

  answer(info: GitInfoPatch | null): void {
    this.#answer.resolve(info);
  }

  fail(): void {
    this.#answer.reject(new Error('no git today'));
  }
}

async function inFolder(store: ThreadStore, git: ManualGit, told = new Told()): Promise<LiveThread> {
  return createLive(store, { ...git.settings, ...told.settings }, { metadata: { cwd: '/w' } });
}

export const liveGitChapter = chapter(
  'LiveThread: git info',

  check('create and append do not wait for git; its facts go with the next write', async ({ store }) => {
    const recorded = recordedStore(store);
    const git = new ManualGit();
    const live = await inFolder(recorded.store, git);
    assert.deepEqual(git.asked, ['/w']);
    await live.append([remark(1)]);
    assert.equal((await live.readThread()).gitInfo, null);
    git.answer(found);
    await allElse();
    await live.append([remark(2)]);
    assert.deepEqual((await live.readThread()).gitInfo, found);
    assert.ok(recorded.calls.every(({ operation }) => operation !== 'updateThreadMetadata'));
  }),

  check('its facts are pushed by a flush, once there are items', async ({ store }) => {
    const git = new ManualGit();
    const live = await inFolder(store, git);
    git.answer(found);
    await live.flush();
    await refused(live.readThread(), 'THREAD_NOT_FOUND');
    await live.append([remark()]);
    assert.deepEqual((await live.readThread()).gitInfo, found);
  }),

  check('persist waits for git', async ({ store }) => {
    const git = new ManualGit();
    const live = await inFolder(store, git);
    const persisted = live.persist();
    assert.ok(!(await isSettled(persisted)));
    git.answer(found);
    await persisted;
    assert.deepEqual((await live.readThread()).gitInfo, found);
  }),

  check('appends do not wait for a persist that waits for git', async ({ store }) => {
    const git = new ManualGit();
    const live = await inFolder(store, git);
    const persisted = live.persist();
    await withinBound('the append', live.append([remark(1)]));
    assert.ok(!(await isSettled(persisted)));
    git.answer(found);
    await persisted;
    assert.deepEqual((await live.readThread()).gitInfo, found);
  }),

  check('a signal ends the wait of persist for git', async ({ store }) => {
    const git = new ManualGit();
    const live = await inFolder(store, git);
    const abort = new AbortController();
    const persisted = live.persist({ signal: abort.signal });
    abort.abort();
    await refused(withinBound('persist', persisted), 'CANCELLED');
    git.answer(null);
    await live.persist();
  }),

  check('shutdown of a used thread waits for git', async ({ store }) => {
    const git = new ManualGit();
    const live = await inFolder(store, git);
    await live.append([remark()]);
    const over = live.shutdown();
    assert.ok(!(await isSettled(over)));
    git.answer(found);
    await over;
    assert.deepEqual((await store.readThread(live)).gitInfo, found);
  }),

  check('shutdown of an unused thread does not wait for git, and ends it without a warning', async ({ store }) => {
    const git = new ManualGit();
    const told = new Told();
    const live = await inFolder(store, git, told);
    await withinBound('shutdown', live.shutdown());
    assert.equal(git.signal?.aborted, true);
    git.fail();
    await allElse();
    assert.deepEqual(told.warnings, []);
    await refused(store.readThread(live), 'THREAD_NOT_FOUND');
  }),

  check('a discard ends git, and what waits for it', async ({ store }) => {
    const git = new ManualGit();
    const live = await inFolder(store, git);
    const persisted = live.persist();
    persisted.catch(() => undefined);
    await live.discard();
    assert.equal(git.signal?.aborted, true);
    await refused(withinBound('persist', persisted), 'WRITER_RELEASED');
    await refused(store.readThread(live), 'THREAD_NOT_FOUND');
  }),

  check('a discard ends a shutdown that waits for git, and nothing more is pushed', async ({ store }) => {
    const git = new ManualGit();
    const recorded = recordedStore(store);
    const live = await inFolder(recorded.store, git);
    await live.append([remark()]);
    const over = refused(live.shutdown(), 'WRITER_RELEASED');
    await live.discard();
    await withinBound('shutdown', over);
    assert.equal(live.state, 'discarded');
    assert.deepEqual(
      recorded.calls.map(({ operation }) => operation),
      ['createThread', 'appendItems', 'discardThread'],
    );
  }),

  check('git info that is set by hand has the last word', async ({ store }) => {
    const git = new ManualGit();
    const live = await inFolder(store, git);
    const updated = live.updateMetadata({ gitInfo: { branch: 'by hand' } });
    assert.ok(!(await isSettled(updated)));
    git.answer(found);
    assert.deepEqual((await updated).gitInfo, { ...found, branch: 'by hand' });
    await live.append([remark()]);
    await live.flush();
    assert.deepEqual((await live.readThread()).gitInfo, { ...found, branch: 'by hand' });
  }),

  check('git that fails is told as a warning, and hinders nothing', async ({ store }) => {
    const git = new ManualGit();
    const told = new Told();
    const live = await inFolder(store, git, told);
    git.fail();
    await live.append([remark()]);
    await live.persist();
    await live.shutdown();
    assert.equal(told.warnings.length, 1);
    assert.match(told.warnings[0] ?? '', /git/);
    assert.equal((await store.readThread(live)).gitInfo, null);
  }),

  check('git is not asked without a directory, or when its facts are known', async ({ store }) => {
    const git = new ManualGit();
    await createLive(store, git.settings);
    await createLive(store, git.settings, { metadata: { cwd: '' } });
    const live = await createLive(store, git.settings, { metadata: { cwd: '/w', gitInfo: { branch: 'known' } } });
    await live.persist();
    assert.deepEqual(git.asked, []);
    assert.equal((await live.readThread()).gitInfo?.branch, 'known');
  }),

  check('no repository: nothing is stored', async ({ store }) => {
    const git = new ManualGit();
    const live = await inFolder(store, git);
    git.answer(null);
    await live.persist();
    assert.equal((await live.readThread()).gitInfo, null);
  }),
);
