const nothing = (): void => undefined;

/**
 * What `next` makes, until it makes null or fails; `end` is called when the consumer leaves before. Calls of `next()` wait for each
 * other. Unlike a generator, which keeps the variables of its loop while it rests, this keeps nothing that it gave.
 */
export function pulled<T>(
  next: () => Promise<T | null>,
  end?: () => Promise<unknown>,
): AsyncIterableIterator<T, undefined> {
  let ended = false;
  let turn: Promise<void> | undefined;
  const step = async (): Promise<IteratorResult<T, undefined>> => {
    if (ended) return { done: true, value: undefined };
    try {
      const value = await next();
      if (value !== null) return { done: false, value };
    } catch (error) {
      ended = true;
      throw error;
    }
    ended = true;
    return { done: true, value: undefined };
  };
  return {
    next() {
      // Nothing to wait for: the call begins before it returns.
      const result = turn === undefined ? step() : turn.then(step);
      const over = result.then(nothing, nothing).then(() => {
        if (turn === over) turn = undefined;
      });
      turn = over;
      return result;
    },
    async return() {
      ended = true;
      await end?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
