import type { OpenLoad } from './load.ts';
import { OpenLoop } from './open-loop.ts';

const connections = 4;

/**
 * Writers who append by unary calls, so many a second, each when it is due, and who don't wait when they are told to. An item is one that
 * was stored. What is due while no writer is free is not sent.
 */
export const heedlessAppends: OpenLoad = async ({ place, token, workers = 1, perSecond = 1 }) => {
  const loop = await OpenLoop.start(place, connections, { writers: workers, ...(token !== undefined && { token }) });
  return {
    round: async (length) => {
      const { stored, seconds, others } = await loop.open(perSecond, length, { waits: false });
      const [other] = others;
      if (other !== undefined) throw new Error(`an answer that is none to this: ${other}`);
      return { items: stored.length, seconds };
    },
  };
};
