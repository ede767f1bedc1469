const STEP = 100;

/** Counts long work on stderr, only where that is a terminal. The line is cleared at the end. */
export class Progress {
  readonly #what: string;
  readonly #total: number;
  readonly #shown = process.stderr.isTTY;
  #done = 0;

  constructor(what: string, total: number) {
    this.#what = what;
    this.#total = total;
  }

  advance(): void {
    this.#done += 1;
    if (!this.#shown || this.#done % STEP !== 0) return;
    process.stderr.write(
      `\r${this.#done.toLocaleString('en-US')} of ${this.#total.toLocaleString('en-US')} ${this.#what}`,
    );
  }

  end(): void {
    if (this.#shown && this.#done >= STEP) process.stderr.write('\r\u001b[K');
  }
}
