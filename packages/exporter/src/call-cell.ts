import { type CallOperation, type CostComponent, type ModelCall, MoneySum } from '@costspan/cost-model';

/** Calls measured but not yet in the histogram; at this many they are handed over without waiting. */
export const PENDING_COSTS_MAX = 1000;

/** The sums of all calls with the same labels; one is found for each call and then only added to. */
export class CallCell {
  readonly provider: string;
  readonly model: string;
  readonly operation: string;
  readonly feature: string;
  readonly costByComponent = new Map<CostComponent, MoneySum>();
  readonly tokensByType = new Map<CostComponent, number>();
  /** Number of calls by `status`, a space, and the reason or `none`. */
  readonly callsByOutcome = new Map<string, number>();
  readonly pendingCosts: number[] = [];
  /** Whether a collection has seen this cell; the first one reports zeros. */
  published = false;

  constructor(labels: { provider: string; model: string; operation: string; feature: string }) {
    this.provider = labels.provider;
    this.model = labels.model;
    this.operation = labels.operation;
    this.feature = labels.feature;
  }

  addCost(component: CostComponent, pico: number): void {
    const sum = this.costByComponent.get(component);
    if (sum !== undefined) return sum.add(pico);
    const first = new MoneySum();
    first.add(pico);
    this.costByComponent.set(component, first);
  }

  addTokens(type: CostComponent, count: number): void {
    this.tokensByType.set(type, (this.tokensByType.get(type) ?? 0) + count);
  }

  addCall(outcome: string): void {
    this.callsByOutcome.set(outcome, (this.callsByOutcome.get(outcome) ?? 0) + 1);
  }
}

const UNKNOWN = 'unknown';
const OTHER_LABELS = { provider: 'other', model: 'other', operation: 'other', feature: 'other' };

/**
 * Finds the cell of a call by feature and model, two map look-ups; the few cells that share both are told
 * apart by provider and operation. Beyond the maximum, calls share one cell labelled `other`.
 */
export class CallCells {
  readonly #cells = new Map<string, Map<string, CallCell[]>>();
  readonly #cellsMax: number;
  readonly #other = new CallCell(OTHER_LABELS);
  #count = 0;
  overflow = 0;

  constructor(cellsMax: number) {
    this.#cellsMax = cellsMax;
  }

  find(call: ModelCall, feature: string): CallCell {
    const model = call.responseModel ?? call.requestModel ?? UNKNOWN;
    const provider = call.provider ?? UNKNOWN;
    const cells = this.#cells.get(feature)?.get(model);
    if (cells !== undefined) {
      for (const cell of cells)
        if (cell.provider === provider && cell.operation === call.operation) return cell;
    }
    return this.#add(feature, model, provider, call.operation);
  }

  *[Symbol.iterator](): IterableIterator<CallCell> {
    for (const byModel of this.#cells.values()) for (const cells of byModel.values()) yield* cells;
    if (this.overflow > 0) yield this.#other;
  }

  #add(feature: string, model: string, provider: string, operation: CallOperation): CallCell {
    if (this.#count >= this.#cellsMax) {
      this.overflow += 1;
      return this.#other;
    }
    this.#count += 1;
    const byModel = this.#cells.get(feature) ?? new Map<string, CallCell[]>();
    this.#cells.set(feature, byModel);
    const cell = new CallCell({ provider, model, operation, feature });
    byModel.set(model, [...(byModel.get(model) ?? []), cell]);
    return cell;
  }
}
