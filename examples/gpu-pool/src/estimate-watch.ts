import { type Money, parseMoney } from '@costspan/cost-model';
import { allRecords, gpuRecords } from './gateway-books.ts';

const LOOK_EVERY_MILLIS = 500;

/**
 * Looks at a gateway's records while requests arrive, and keeps what each was estimated to cost at the lowest: by its
 * response id, once its replica was known.
 */
export class EstimateWatch {
  readonly estimates: Map<string, Money> = new Map();
  readonly #gatewayUrl: string;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | undefined;

  constructor(gatewayUrl: string) {
    this.#gatewayUrl = gatewayUrl;
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    }, LOOK_EVERY_MILLIS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    for (const { responseId, gpu } of gpuRecords(await allRecords(this.#gatewayUrl))) {
      if (responseId === null || gpu.basis !== 'estimated' || gpu.replica === null) continue;
      const used = parseMoney(gpu.used);
      const slack = parseMoney(gpu.slack);
      if (used === undefined || slack === undefined) continue;
      const estimate = (used + slack) as Money;
      const before = this.estimates.get(responseId);
      if (before === undefined || estimate < before) this.estimates.set(responseId, estimate);
    }
  }
}
