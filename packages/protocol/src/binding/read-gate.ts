/**
 * Lets a grpc-js stream read one message for each time that it is opened. Without it the stream reads sixteen messages ahead,
 * whatever their size.
 */
export class ReadGate {
  #open = 0;
  #waiting: (() => void) | undefined;

  /** Lets one read pass, now or when it comes. */
  open(): void {
    const read = this.#waiting;
    if (read === undefined) {
      this.#open += 1;
    } else {
      this.#waiting = undefined;
      read();
    }
  }

  pass(read: () => void): void {
    if (this.#open === 0) {
      // A stream has one read under way at most.
      this.#waiting = read;
    } else {
      this.#open -= 1;
      read();
    }
  }
}
