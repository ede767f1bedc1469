import { type EngineClock, wallClock } from './wall-clock.ts';

/** How large the batches of an engine are, and how long a step takes. */
export interface EngineOptions {
  /** Sequences that are worked on at once; vLLM's `--max-num-seqs`. */
  readonly sequencesMax: number;
  /** Tokens of one step; vLLM's `--max-num-batched-tokens`. */
  readonly stepTokensMax: number;
  /** The weights are read once for each step, whatever is in it. */
  readonly stepMillis: number;
  readonly promptTokenMillis: number;
  readonly sequenceMillis: number;
  readonly clock?: EngineClock;
}

/** An engine like that of an 8-billion-parameter model on one current GPU, with a small batch. */
export const DEFAULT_ENGINE: EngineOptions = {
  sequencesMax: 8,
  stepTokensMax: 512,
  stepMillis: 8,
  promptTokenMillis: 0.04,
  sequenceMillis: 0.4,
};

/** What an engine is asked to do. */
export interface Sequence {
  readonly id: string;
  readonly promptTokens: number;
  readonly outputTokens: number;
  onToken?(): void;
}

/** A request that is done, with the instants that its engine knows of it. It was in the batch from `scheduled` to `last`. */
export interface ServedSequence {
  readonly id: string;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly arrivalUnixNano: bigint;
  readonly scheduledUnixNano: bigint;
  readonly firstTokenUnixNano: bigint;
  readonly lastTokenUnixNano: bigint;
}

/** The truth that the books are compared with. */
export interface EngineLedger {
  /** When the engine computed, in order and without overlaps; half open. */
  readonly busy: readonly { readonly startUnixNano: bigint; readonly endUnixNano: bigint }[];
  /** What it served, in the order in which it was done. */
  readonly served: readonly ServedSequence[];
}

/** Requests that wait, beyond which an engine refuses. */
const WAITING_MAX = 1000;
/** More than any run of the example needs; beyond it an engine refuses, and so stays bounded. */
const SERVED_MAX = 100_000;

/**
 * The loop of an engine that batches continuously, in real time and without a GPU. Each step computes one token of
 * every sequence that has its prompt behind it, and gives what is left of the step's tokens to prompts:
 *
 * 1. Take in waiting sequences while the batch has room.
 * 2. Compute: the longer, the more prompt tokens and sequences there are. The next step begins when this one ends.
 * 3. Hand out the tokens; a sequence that has all of its own leaves the batch.
 */
export class BatchingEngine {
  readonly #options: EngineOptions;
  readonly #clock: EngineClock;
  readonly #waiting: Entry[] = [];
  readonly #batch = new Set<Entry>();
  readonly #busy: { startUnixNano: bigint; endUnixNano: bigint }[] = [];
  readonly #served: ServedSequence[] = [];
  #busySinceUnixNano: bigint | undefined;
  #busyNanos = 0n;

  constructor(options: EngineOptions = DEFAULT_ENGINE) {
    this.#options = options;
    this.#clock = options.clock ?? wallClock;
  }

  get running(): number {
    return this.#batch.size;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  ledger(): EngineLedger {
    return { busy: this.#busy, served: this.#served };
  }

  /** For how long it has computed since it was started. */
  busyNanos(): bigint {
    const since = this.#busySinceUnixNano;
    return this.#busyNanos + (since === undefined ? 0n : this.#clock.nowUnixNano() - since);
  }

  /** Resolves when the last token is there; `undefined` when the engine takes nothing more. */
  submit(sequence: Sequence): Promise<ServedSequence> | undefined {
    if (this.#waiting.length >= WAITING_MAX || this.#served.length >= SERVED_MAX) return undefined;
    return new Promise((resolve) => {
      this.#waiting.push({
        sequence,
        done: resolve,
        arrivalUnixNano: this.#clock.nowUnixNano(),
        promptTokensLeft: Math.max(1, sequence.promptTokens),
        outputTokensLeft: Math.max(1, sequence.outputTokens),
        scheduledUnixNano: 0n,
        firstTokenUnixNano: 0n,
      });
      if (this.#busySinceUnixNano === undefined) void this.#compute();
    });
  }

  async #compute(): Promise<void> {
    const startUnixNano = this.#clock.nowUnixNano();
    this.#busySinceUnixNano = startUnixNano;
    let nowUnixNano = startUnixNano;
    while (this.#batch.size + this.#waiting.length > 0) {
      const step = this.#nextStep(nowUnixNano);
      await this.#clock.sleep(step.millis);
      nowUnixNano = this.#clock.nowUnixNano();
      for (const entry of step.withToken) this.#handOut(entry, nowUnixNano);
    }
    this.#busySinceUnixNano = undefined;
    this.#busyNanos += nowUnixNano - startUnixNano;
    this.#busy.push({ startUnixNano, endUnixNano: nowUnixNano });
  }

  /** Fills a step, and tells which sequences have one token more at its end. */
  #nextStep(nowUnixNano: bigint): { readonly millis: number; readonly withToken: readonly Entry[] } {
    const { sequencesMax, stepTokensMax, stepMillis, promptTokenMillis, sequenceMillis } = this.#options;
    const withToken = [...this.#batch].filter((entry) => entry.promptTokensLeft === 0);
    let tokensLeft = stepTokensMax - withToken.length;
    let promptTokens = 0;
    const prefill = (entry: Entry): void => {
      const tokens = Math.min(tokensLeft, entry.promptTokensLeft);
      tokensLeft -= tokens;
      promptTokens += tokens;
      entry.promptTokensLeft -= tokens;
      if (entry.promptTokensLeft === 0) withToken.push(entry);
    };
    for (const entry of this.#batch) if (entry.promptTokensLeft > 0) prefill(entry);
    while (this.#batch.size < sequencesMax && tokensLeft > 0) {
      const entry = this.#waiting.shift();
      if (entry === undefined) break;
      entry.scheduledUnixNano = nowUnixNano;
      this.#batch.add(entry);
      prefill(entry);
    }
    return {
      millis: stepMillis + promptTokens * promptTokenMillis + this.#batch.size * sequenceMillis,
      withToken,
    };
  }

  #handOut(entry: Entry, nowUnixNano: bigint): void {
    const { sequence, arrivalUnixNano, scheduledUnixNano } = entry;
    if (entry.firstTokenUnixNano === 0n) entry.firstTokenUnixNano = nowUnixNano;
    entry.outputTokensLeft -= 1;
    sequence.onToken?.();
    if (entry.outputTokensLeft > 0) return;
    this.#batch.delete(entry);
    const served: ServedSequence = {
      id: sequence.id,
      promptTokens: sequence.promptTokens,
      outputTokens: Math.max(1, sequence.outputTokens),
      arrivalUnixNano,
      scheduledUnixNano,
      firstTokenUnixNano: entry.firstTokenUnixNano,
      lastTokenUnixNano: nowUnixNano,
    };
    this.#served.push(served);
    entry.done(served);
  }
}

/** A sequence on its way. Instants that have not come yet are 0. */
interface Entry {
  readonly sequence: Sequence;
  readonly done: (served: ServedSequence) => void;
  readonly arrivalUnixNano: bigint;
  promptTokensLeft: number;
  outputTokensLeft: number;
  scheduledUnixNano: bigint;
  firstTokenUnixNano: bigint;
}
