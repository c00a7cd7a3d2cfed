import { describe, expect, test } from 'vitest';
import { backends } from '../../e2e/support/backends.ts';
import { knownDifferences } from './known-differences.ts';
import { playScript, type Stage } from './script/script.ts';
import { playShortScript } from './script/short-script.ts';
import { CodexHome } from './support/codex-home.ts';
import { differencesOf, judge, type Judgement } from './support/differences.ts';
import { type CodexVersion, codexVersions, installedCodex, type InstalledCodex } from './support/installed-codex.ts';
import { ScriptedModel } from './support/scripted-model.ts';
import { ServedStore } from './support/served-store.ts';
import type { Transcript } from './support/transcript.ts';

const timeoutMs = 180_000;
/** How the older releases talk to the service does not depend on where it keeps what it is told. */
const server = backends.slice(1);

type Script = (stage: Stage, isLocal: boolean) => Promise<Transcript>;

const installed = Object.fromEntries(
  await Promise.all(codexVersions.map(async (version) => [version, await installedCodex(version)] as const)),
) as Record<CodexVersion, InstalledCodex>;

const isMissing = (version: CodexVersion): boolean => 'missing' in installed[version];

/** Plays a script at the same time with the release's own store and with a service, and judges the transcripts. */
async function compare(
  version: CodexVersion,
  create: (typeof backends)[number]['create'],
  script: Script,
): Promise<Judgement> {
  const codex = installed[version];
  if ('missing' in codex) throw new Error(codex.missing);
  await using store = await ServedStore.start(create);
  const play = async (remote?: ServedStore): Promise<Transcript> => {
    await using model = await ScriptedModel.start();
    const keeping = remote === undefined ? {} : { threadStoreUrl: remote.url };
    await using home = await CodexHome.create({ program: codex.program, modelUrl: model.url, ...keeping });
    return await script({ home, model, crashStore: async () => remote?.crash() }, remote === undefined);
  };
  const [local, remote] = await Promise.all([play(), play(store)]);
  return judge(differencesOf(local, remote), knownDifferences[version]);
}

const nothing: Judgement = { unknown: [], unused: [] };

describe.skipIf(isMissing('0.129.0')).each(backends)('Codex 0.129.0 and $backend', ({ create }) => {
  test('the script goes as with its own store, save for what is listed', { timeout: timeoutMs }, async () => {
    expect(await compare('0.129.0', create, playScript)).toEqual(nothing);
  });
});

describe.skipIf(isMissing('0.128.0')).each(server)('Codex 0.128.0 and $backend', ({ create }) => {
  test('the script goes as with its own store, save for what is listed', { timeout: timeoutMs }, async () => {
    expect(await compare('0.128.0', create, playScript)).toEqual(nothing);
  });
});

describe.skipIf(isMissing('0.125.0')).each(server)('Codex 0.125.0 and $backend', ({ create }) => {
  test('the short script goes as with its own store, save for what is listed', { timeout: timeoutMs }, async () => {
    expect(await compare('0.125.0', create, playShortScript)).toEqual(nothing);
  });
});
