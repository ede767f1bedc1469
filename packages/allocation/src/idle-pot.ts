import { moneyFromPico, splitMoney } from '@costspan/cost-model';
import type { IdleRow } from './carry-idle.ts';

/**
 * Idle cost that no request carries, for late requests to take from. What one takes is a difference of two readings, each
 * rounded down: ⌊cost · (time taken with it) / (idle time)⌋ less that before it. So those before it keep what they have,
 * and all of them together never have more than there was.
 */
export class IdlePot {
  readonly #rows: readonly IdleRow[];
  readonly #idlePico: bigint;
  readonly #overheadPico: bigint;
  readonly #idleNanos: bigint;
  #takenNanos = 0n;

  constructor(rows: readonly IdleRow[], idleNanos: number) {
    this.#rows = rows;
    this.#idlePico = BigInt(rows.reduce((sum, row) => sum + row.idlePico, 0));
    this.#overheadPico = BigInt(rows.reduce((sum, row) => sum + row.overheadPico, 0));
    this.#idleNanos = BigInt(Math.ceil(idleNanos));
  }

  /** @param nanos Whole; what is more than is left gives nothing. */
  take(nanos: number): { readonly idlePico: number; readonly overheadPico: number } {
    const before = this.#takenNanos;
    const after = before + BigInt(nanos);
    this.#takenNanos = after < this.#idleNanos ? after : this.#idleNanos;
    return {
      idlePico: Number(this.#taken(this.#idlePico, this.#takenNanos) - this.#taken(this.#idlePico, before)),
      overheadPico: Number(
        this.#taken(this.#overheadPico, this.#takenNanos) - this.#taken(this.#overheadPico, before),
      ),
    };
  }

  /** The rows with what is left, each less by the same part. */
  rowsLeft(): IdleRow[] {
    const idle = this.#left(
      this.#idlePico,
      this.#rows.map((row) => row.idlePico),
    );
    const overhead = this.#left(
      this.#overheadPico,
      this.#rows.map((row) => row.overheadPico),
    );
    return this.#rows.map(({ tenant }, index) => {
      return { tenant, idlePico: idle[index] ?? 0, overheadPico: overhead[index] ?? 0 };
    });
  }

  #taken(totalPico: bigint, takenNanos: bigint): bigint {
    return this.#idleNanos === 0n ? 0n : (totalPico * takenNanos) / this.#idleNanos;
  }

  #left(totalPico: bigint, picos: readonly number[]): number[] {
    if (totalPico === 0n) return [...picos];
    const leftPico = totalPico - this.#taken(totalPico, this.#takenNanos);
    return splitMoney(moneyFromPico(leftPico), picos.map(BigInt)).map(Number);
  }
}
