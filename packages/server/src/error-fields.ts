interface ErrorFields {
  readonly name: string;
  /** A system's or database's code, such as `ECONNRESET` or `23505`. */
  readonly code?: string;
  /** The frames of the stack, without the message above them. */
  readonly frames: readonly string[];
  readonly cause?: ErrorFields;
}

const causesMax = 3;
const framesMax = 12;

/**
 * What may be logged of an unexpected error: what kind it is and where it came from. Never its message, which may quote what a
 * caller sent or a database holds.
 */
export function errorFields(error: unknown, depth = 0): ErrorFields {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] };
  const { cause } = error;
  return {
    name: error.name,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    frames: framesOf(error),
    ...(cause === undefined || depth >= causesMax ? {} : { cause: errorFields(cause, depth + 1) }),
  };
}

function framesOf(error: Error): readonly string[] {
  // The message, of any number of lines, comes before the frames. A line of it that looks like one is taken off with it.
  const stack = error.stack ?? '';
  const below = stack.slice(stack.indexOf(error.message) + error.message.length);
  return below
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, framesMax);
}
