import { type Actor, nextSecond, type ScriptThread } from './actor.ts';
import type { Cast } from './conversation.ts';

async function forkOf(actor: Actor, source: ScriptThread, name: string, params: object = {}): Promise<ScriptThread> {
  await nextSecond();
  return actor.forkThread(name, source, params);
}

export interface Forks extends Readonly<Record<string, ScriptThread>> {
  /** A fork of beans that goes on. */
  readonly runner: ScriptThread;
  /** A fork of that, which does not. */
  readonly sucker: ScriptThread;
}

export async function fork(actor: Actor, { beans, seed }: Cast): Promise<Forks> {
  const runner = await forkOf(actor, beans, 'runner');
  await actor.on('read runner before its first turn', runner, 'thread/read', { includeTurns: true });
  await actor.turn('a turn in the fork', runner, 'a way of its own');
  await actor.on('read runner', runner, 'thread/read', { includeTurns: true });
  await actor.on('read the source of the fork', beans, 'thread/read', { includeTurns: true });
  const sucker = await forkOf(actor, runner, 'sucker', { excludeTurns: true, cwd: actor.home.orchard });
  await actor.on('read sucker', sucker, 'thread/read', { includeTurns: true });
  const mist = await forkOf(actor, beans, 'mist', { ephemeral: true });
  await actor.turn('a turn in an ephemeral fork', mist, 'soon gone');
  await actor.on('fork of a thread without turns', seed, 'thread/fork', { persistExtendedHistory: false });
  await actor.call('list with forks', 'thread/list', { modelProviders: [] });
  return { runner, sucker };
}

export async function rollBack(actor: Actor, { beans, plums }: Cast): Promise<void> {
  await actor.on('roll back nothing', beans, 'thread/rollback', { numTurns: 0 });
  await actor.on('roll back one turn', beans, 'thread/rollback', { numTurns: 1 });
  await actor.on('read beans after the rollback', beans, 'thread/read', { includeTurns: true });
  await actor.turn('a turn after the rollback', beans, 'once more');
  await actor.on('read beans after that turn', beans, 'thread/read', { includeTurns: true });
  await actor.on('roll back two turns', beans, 'thread/rollback', { numTurns: 2 });
  await actor.on('turns of beans after the rollbacks', beans, 'thread/turns/list');
  await nextSecond();
  await actor.on('roll back more than there is', plums, 'thread/rollback', { numTurns: 100 });
  await actor.on('read plums without turns left', plums, 'thread/read', { includeTurns: true });
  await actor.turn('a turn after everything was rolled back', plums, 'plums again');
  await actor.on('read plums with one turn', plums, 'thread/read', { includeTurns: true });
}

/** Forks of threads that the server has not loaded. */
export async function forkCold(actor: Actor, { beans, exec }: Cast): Promise<void> {
  for (const thread of [beans, exec]) {
    const made = await forkOf(actor, thread, `cold fork of ${thread.name}`);
    await actor.turn(`a turn in the cold fork of ${thread.name}`, made, 'out of the cold');
    await actor.on(`read the cold fork of ${thread.name}`, made, 'thread/read', { includeTurns: true });
    await actor.on(`turns of the cold fork of ${thread.name}`, made, 'thread/turns/list', { sortDirection: 'asc' });
  }
}
