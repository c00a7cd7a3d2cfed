import { pick } from '../random.ts';
import { recordFault, type Scene, untilStep } from './lane.ts';
import type { TakeoverStep } from './schedule.ts';

/** Takes threads from their writers, who go on. What came to nothing while nobody served is made up for. */
export async function takeThreads(scene: Scene, steps: readonly TakeoverStep[]): Promise<void> {
  const open = new Set<Promise<void>>();
  const missed: TakeoverStep[] = [];
  for (const step of steps) {
    await untilStep(scene, step);
    const taking = takeThread(scene, step).then((taken) => {
      open.delete(taking);
      if (!taken) missed.push(step);
    });
    open.add(taking);
  }
  await Promise.all(open);
  for (const step of missed) {
    while (!(await takeThread(scene, step))) scene.signal.throwIfAborted();
  }
}

function takeThread(scene: Scene, { threadAt, takerAt }: TakeoverStep): Promise<boolean> {
  const thread = pick(scene.crew.threads, threadAt);
  recordFault(scene, 'take', thread);
  return scene.crew.takeOver(thread, takerAt);
}
