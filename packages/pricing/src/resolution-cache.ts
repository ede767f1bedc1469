/** Pairs of provider and model that are remembered. */
const PAIRS_MAX = 2000;

/**
 * Remembers what pairs of provider and model lead to. It is two maps deep, because a key made of both strings
 * costs more than the rest of pricing a call. When it is full, the provider that gets a new model forgets its
 * oldest one, so that a flood of unknown names at one provider leaves the others alone.
 */
export class ResolutionCache<Resolution> {
  readonly #byProvider = new Map<string, Map<string, Resolution>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(provider: string, model: string): Resolution | undefined {
    return this.#byProvider.get(provider)?.get(model);
  }

  set(provider: string, model: string, resolution: Resolution): void {
    if (this.#size >= PAIRS_MAX) this.#forgetOldest(provider);
    let byModel = this.#byProvider.get(provider);
    if (byModel === undefined) {
      byModel = new Map();
      this.#byProvider.set(provider, byModel);
    }
    if (!byModel.has(model)) this.#size += 1;
    byModel.set(model, resolution);
  }

  /** Forgets a model of the provider or, if it has none, of the one that has been known longest. */
  #forgetOldest(provider: string): void {
    const [known] = this.#byProvider.keys();
    const from = this.#byProvider.has(provider) ? provider : (known ?? provider);
    const byModel = this.#byProvider.get(from);
    const [oldest] = byModel?.keys() ?? [];
    if (byModel === undefined || oldest === undefined) return;
    byModel.delete(oldest);
    if (byModel.size === 0) this.#byProvider.delete(from);
    this.#size -= 1;
  }
}
