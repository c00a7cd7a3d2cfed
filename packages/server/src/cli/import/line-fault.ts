/** A line of a file that can't be imported. The message says what is wrong and shows nothing of the line. */
export class LineFault extends Error {
  override readonly name = 'LineFault';
  /** Counts from 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}
