import { type Actor, nextSecond, type ScriptThread } from './actor.ts';
import type { Cast } from './conversation.ts';

/** Names, facts of git and the memory mode of threads that are loaded. */
export async function changeMetadata(actor: Actor, { beans, plums, leeks, seed, cress }: Cast): Promise<void> {
  await actor.on('name', beans, 'thread/name/set', { name: 'first name' });
  await actor.on('name again', beans, 'thread/name/set', { name: '  named beans Ω  ' });
  await actor.on('name of blanks', beans, 'thread/name/set', { name: '   ' });
  await actor.on('name of a thread without turns', seed, 'thread/name/set', { name: 'named seed' });
  await actor.on('name of an ephemeral thread', cress, 'thread/name/set', { name: 'named cress' });
  await actor.on('read named beans', beans, 'thread/read', { includeTurns: false });
  await gitInfo(actor, 'beans', beans);
  await nextSecond();
  await gitInfo(actor, 'plums', plums);
  await actor.on('git of a thread without turns', seed, 'thread/metadata/update', { gitInfo: { branch: 'sprout' } });
  await actor.on('git of an ephemeral thread', cress, 'thread/metadata/update', { gitInfo: { branch: 'sprout' } });
  await nextSecond();
  await actor.on('memory mode', leeks, 'thread/memoryMode/set', { mode: 'disabled' });
  await actor.on('memory mode again', leeks, 'thread/memoryMode/set', { mode: 'enabled' });
  await actor.on('read plums after its metadata', plums, 'thread/read', { includeTurns: true });
}

/** Sets, changes and clears each fact. */
async function gitInfo(actor: Actor, name: string, thread: ScriptThread): Promise<void> {
  const update = async (step: string, info: object | null): Promise<void> => {
    await actor.on(`git of ${name}: ${step}`, thread, 'thread/metadata/update', { gitInfo: info });
  };
  const sha = '1111111111111111111111111111111111111111';
  await update('set', { sha, branch: 'bean-branch', originUrl: 'https://git.example/beans.git' });
  await update('one changed', { branch: 'other-branch' });
  await update('one cleared', { sha: null });
  await update('blank', { branch: '  ' });
  await update('none', {});
  await update('null', null);
  await update('cleared', { sha: null, branch: null, originUrl: null });
  await update('set again', { branch: 'last-branch' });
}

/** The same by a server that has not loaded the threads. */
export async function changeMetadataCold(actor: Actor, { beans, plums, exec }: Cast): Promise<void> {
  await actor.on('cold: name', plums, 'thread/name/set', { name: 'named plums' });
  await nextSecond();
  await actor.on('cold: name of what exec made', exec, 'thread/name/set', { name: 'named exec' });
  await nextSecond();
  await gitInfo(actor, 'cold beans', beans);
  await nextSecond();
  await actor.on('cold: memory mode', exec, 'thread/memoryMode/set', { mode: 'disabled' });
  for (const thread of [beans, plums, exec])
    await actor.on(`cold: read ${thread.name} after its metadata`, thread, 'thread/read', { includeTurns: true });
}
