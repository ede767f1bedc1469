/** A busy server's last minutes: at a hundred requests a second each start and each end is a row. */
const ROWS_MAX = 16_384;
const ROWS_FIRST = 64;

/**
 * Clocks that run at speeds of their own, and what they showed at the last instants at which a speed changed. In between
 * they run evenly, so that the time that one of them counted between any two instants is known exactly. The oldest
 * instants make room for new ones; before those that are kept the clocks are taken to have run at their first speeds.
 */
export class ClockHistory {
  readonly #firstSpeeds: readonly number[];
  readonly #speeds: number[];
  readonly #rowLength: number;
  /** Rows of the instant and of what each clock showed then; a ring as soon as it has its full length. */
  #rows: Float64Array;
  #rowCount = 1;
  #last = 0;
  #forgets = false;

  /** The clocks begin at the instant 0, where they show 0. */
  constructor(speeds: readonly number[]) {
    this.#firstSpeeds = speeds;
    this.#speeds = [...speeds];
    this.#rowLength = speeds.length + 1;
    this.#rows = new Float64Array(ROWS_FIRST * this.#rowLength);
  }

  /** From the last instant on, a clock runs at this speed. */
  setSpeed(clock: number, speed: number): void {
    this.#speeds[clock] = speed;
  }

  /** Notes an instant, which is later than all before. */
  advance(time: number): void {
    const before = this.#last * this.#rowLength;
    this.#last = this.#nextRow();
    const row = this.#last * this.#rowLength;
    const rows = this.#rows;
    const elapsed = time - (rows[before] ?? 0);
    rows[row] = time;
    for (let clock = 1; clock < this.#rowLength; clock++) {
      rows[row + clock] = (rows[before + clock] ?? 0) + elapsed * (this.#speeds[clock - 1] ?? 0);
    }
  }

  /** What a clock counted from one instant to a later one. */
  elapsed(clock: number, from: number, until: number): number {
    return this.#reading(clock, until) - this.#reading(clock, from);
  }

  /** Whether something at an instant may have made room for what came later. */
  hasForgotten(time: number): boolean {
    return this.#forgets && time < this.#timeOf(0);
  }

  /** By binary search for the last row that is not later. */
  #reading(clock: number, time: number): number {
    let earlier = -1;
    let later = this.#rowCount;
    while (later - earlier > 1) {
      const middle = (earlier + later) >> 1;
      if (this.#timeOf(middle) <= time) earlier = middle;
      else later = middle;
    }
    if (earlier < 0)
      return this.#shown(clock, 0) - (this.#timeOf(0) - time) * (this.#firstSpeeds[clock] ?? 0);
    const since = time - this.#timeOf(earlier);
    const shown = this.#shown(clock, earlier);
    if (later === this.#rowCount) return shown + since * (this.#speeds[clock] ?? 0);
    const span = this.#timeOf(later) - this.#timeOf(earlier);
    return shown + (since / span) * (this.#shown(clock, later) - shown);
  }

  #timeOf(index: number): number {
    return this.#rows[this.#rowAt(index)] ?? 0;
  }

  #shown(clock: number, index: number): number {
    return this.#rows[this.#rowAt(index) + clock + 1] ?? 0;
  }

  /** Where the row begins that is the nth oldest. */
  #rowAt(index: number): number {
    return ((this.#last + 1 - this.#rowCount + index + ROWS_MAX) % ROWS_MAX) * this.#rowLength;
  }

  #nextRow(): number {
    if (this.#rowCount === ROWS_MAX) {
      this.#forgets = true;
      return (this.#last + 1) % ROWS_MAX;
    }
    if (this.#rowCount * this.#rowLength === this.#rows.length) {
      const grown = new Float64Array(this.#rows.length * 2);
      grown.set(this.#rows);
      this.#rows = grown;
    }
    this.#rowCount += 1;
    return this.#last + 1;
  }
}
