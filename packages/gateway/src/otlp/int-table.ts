const ROWS_AT_START = 64;

/** Rows of 32-bit integers in one growing array: offsets into a request's bytes, without an object for each. */
export class IntTable {
  readonly #columns: number;
  #cells: Int32Array;
  #rows = 0;

  /** @param rowsExpected More are no error. */
  constructor(columns: number, rowsExpected: number = ROWS_AT_START) {
    this.#columns = columns;
    this.#cells = new Int32Array(columns * Math.max(rowsExpected, ROWS_AT_START));
  }

  get rows(): number {
    return this.#rows;
  }

  /** All rows one after the other, for loops; valid until the next row is added. */
  get cells(): Int32Array {
    return this.#cells;
  }

  /** Adds a row of zeros and returns its number. */
  add(): number {
    if ((this.#rows + 1) * this.#columns > this.#cells.length) {
      const grown = new Int32Array(this.#cells.length * 2);
      grown.set(this.#cells);
      this.#cells = grown;
    }
    return this.#rows++;
  }

  /** Adds a row of zeros and returns where it begins in {@link cells}. */
  append(): number {
    return this.add() * this.#columns;
  }

  get(row: number, column: number): number {
    return this.#cells[row * this.#columns + column] ?? 0;
  }

  set(row: number, column: number, value: number): void {
    this.#cells[row * this.#columns + column] = value;
  }
}
