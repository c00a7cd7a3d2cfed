import type { CodexHome } from '../support/codex-home.ts';
import type { ScriptedModel } from '../support/scripted-model.ts';
import type { Transcript } from '../support/transcript.ts';
import { Actor, nextSecond } from './actor.ts';
import { archive, archiveCold } from './archiving.ts';
import { type Cast, makeThreads, talk } from './conversation.ts';
import { fork, forkCold, type Forks, rollBack } from './forks.ts';
import { list, listsAfterwards } from './lists.ts';
import { changeMetadata, changeMetadataCold } from './metadata.ts';
import { askForNothing, read, readCold, resume } from './reading.ts';

export interface Stage {
  readonly home: CodexHome;
  readonly model: ScriptedModel;
  /** Ends what keeps the threads without warning, and starts it again. */
  readonly crashStore: () => Promise<void>;
}

/** Plays the whole script, on one app-server after another, and says what was seen. */
export async function playScript({ home, model, crashStore }: Stage): Promise<Transcript> {
  const actor = new Actor(home, model);
  let cast: (Cast & Forks) | undefined;
  await actor.serving('first', async () => {
    const made = await makeThreads(actor);
    await talk(actor, made);
    await read(actor, made);
    await changeMetadata(actor, made);
    await list(actor, made);
    cast = { ...made, ...(await fork(actor, made)) };
    await rollBack(actor, made);
    await archive(actor, made);
    await crashStore();
    await nextSecond();
    await actor.turn('after the crash of the store', made.beans, 'still there?');
    await actor.on('read after the crash of the store', made.beans, 'thread/read', { includeTurns: true });
    await askForNothing(actor);
  });
  const everybody = cast;
  if (everybody === undefined) throw new Error('script: there is no cast');
  await actor.serving('second', async () => {
    await readCold(actor, everybody);
    await changeMetadataCold(actor, everybody);
    await archiveCold(actor, everybody);
    await listsAfterwards(actor, everybody);
    await crashStore();
    await forkCold(actor, everybody);
  });
  await actor.serving('third', () => resume(actor, everybody));
  return actor.transcript();
}
