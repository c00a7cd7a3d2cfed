import type { Actor } from './actor.ts';
import type { Cast } from './conversation.ts';

export async function archive(actor: Actor, { leeks, plums, seed, cress }: Cast): Promise<void> {
  await actor.on('archive leeks', leeks, 'thread/archive');
  await actor.on('archive plums', plums, 'thread/archive');
  await actor.on('archive plums again', plums, 'thread/archive');
  await actor.on('archive a thread without turns', seed, 'thread/archive');
  await actor.on('archive an ephemeral thread', cress, 'thread/archive');
  await actor.call('list archived threads', 'thread/list', { modelProviders: [], archived: true });
  await actor.call('list archived threads of a provider', 'thread/list', { modelProviders: ['other'], archived: true });
  await actor.pages('list archived threads in pages', 'thread/list', { modelProviders: [], archived: true, limit: 1 });
  await actor.call('list others than archived threads', 'thread/list', { modelProviders: [] });
  await actor.on('read an archived thread', leeks, 'thread/read', { includeTurns: true });
  await actor.on('turns of an archived thread', leeks, 'thread/turns/list');
  await actor.on('name of an archived thread', leeks, 'thread/name/set', { name: 'named leeks' });
  await actor.on('git of an archived thread', leeks, 'thread/metadata/update', { gitInfo: { branch: 'stored' } });
  await actor.on('turn in an archived thread', leeks, 'turn/start', {
    input: [{ type: 'text', text: 'anybody?', text_elements: [] }],
  });
  await actor.on('fork an archived thread', leeks, 'thread/fork', { persistExtendedHistory: false, ephemeral: true });
  await actor.on('unarchive plums', plums, 'thread/unarchive');
  await actor.on('unarchive plums again', plums, 'thread/unarchive');
  await actor.on('read plums back from the archive', plums, 'thread/read', { includeTurns: true });
  await actor.call('list after the return', 'thread/list', { modelProviders: [] });
}

export async function archiveCold(actor: Actor, { leeks, exec }: Cast): Promise<void> {
  await actor.on('cold: archive exec', exec, 'thread/archive');
  await actor.call('cold: list archived threads', 'thread/list', {
    modelProviders: [],
    sourceKinds: ['exec', 'vscode'],
    archived: true,
  });
  await actor.on('cold: unarchive exec', exec, 'thread/unarchive');
  await actor.on('cold: unarchive leeks', leeks, 'thread/unarchive');
  await actor.on('cold: archive leeks', leeks, 'thread/archive');
}
