import { waitFor } from '@threadstore/testkit';
import { prompts } from '../support/scripted-model.ts';
import { type Actor, nextSecond, type ScriptThread } from './actor.ts';

/** The threads of the script, by what they are about. */
export interface Cast extends Readonly<Record<string, ScriptThread>> {
  /** Several turns; named, forked and rolled back. */
  readonly beans: ScriptThread;
  /** In the git repository; turns that go wrong. */
  readonly plums: ScriptThread;
  /** Of another model provider, with its history kept at length where a release does that. */
  readonly leeks: ScriptThread;
  /** Without a turn. */
  readonly seed: ScriptThread;
  /** Kept in memory only. */
  readonly cress: ScriptThread;
  /** Made by `codex exec`. */
  readonly exec: ScriptThread;
}

export async function makeThreads(actor: Actor): Promise<Cast> {
  const { garden, orchard } = actor.home;
  const beans = await actor.startThread('beans', { cwd: garden });
  await actor.turn('hello', beans, 'hello, beans');
  await nextSecond();
  const plums = await actor.startThread('plums', { cwd: orchard, threadSource: 'user' });
  await actor.turn('hello, plums', plums, 'hello, plums');
  await nextSecond();
  const other = { cwd: garden, modelProvider: 'other', persistExtendedHistory: true, baseInstructions: 'Weed.' };
  const leeks = await actor.startThread('leeks', other);
  await actor.turn('shell call at length', leeks, `${prompts.run}echo leeks`);
  await nextSecond();
  const seed = await actor.startThread('seed', { cwd: garden });
  const cress = await actor.startThread('cress', { cwd: garden, ephemeral: true });
  await actor.turn('ephemeral', cress, 'hello, cress');
  const exec = await actor.exec('exec', `${prompts.run}echo dig &&& echo sow`);
  return { beans, plums, leeks, seed, cress, exec };
}

export async function talk(actor: Actor, { beans, plums, leeks }: Cast): Promise<void> {
  await actor.turn('shell calls', beans, `${prompts.run}echo from-the-shell &&& printf 'a\\nb'; exit 3`);
  await actor.turn('reasoning', beans, `${prompts.think}what beans want`);
  await actor.turn('odd characters', beans, 'żółć 🚀 \u0007 "quoted" \u2028 and a lone \\ud800 in letters');
  await nextSecond();
  await actor.turn('refused', plums, `${prompts.refuse}prune`);
  const before = actor.model.hanging;
  const turnId = await actor.startTurn('interrupted', plums, `${prompts.hang}wait for plums`);
  await waitFor(() => actor.model.hanging > before, { what: 'the answer that hangs' });
  await actor.on('interrupt', plums, 'turn/interrupt', { turnId });
  if (turnId !== undefined) await actor.turnEnd('interrupted', turnId);
  await actor.turn('after the interruption', plums, 'go on');
  await nextSecond();
  await actor.turnByItself('compact', leeks, 'thread/compact/start');
  await actor.turn('after the compaction', leeks, 'and now');
}
