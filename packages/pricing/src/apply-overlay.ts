import { createHash } from 'node:crypto';
import { canonicalProvider } from '@costspan/cost-model';
import { closestNames } from './closest-names.ts';
import { layPeriods, periodsWithDiscount } from './lay-periods.ts';
import type { EntryData, PriceBookData } from './price-book-data.ts';
import { canonicalJson } from './price-book-digest.ts';
import type { DiscountRule, OverlayError, OverlayErrorCode, PriceOverlay } from './price-overlay.ts';

export type OverlayResult =
  | { readonly ok: true; readonly data: PriceBookData }
  | { readonly ok: false; readonly errors: readonly OverlayError[] };

const CLOSEST_MAX = 3;

/**
 * Lays an organisation's prices over a price book. Neither is changed.
 *
 * 1. Discounts are taken off the entries below; the last rule that matches an entry counts.
 * 2. The overlay's own rates replace a listed entry's for their time, undiscounted; other models are added.
 * 3. Aliases point to what is there then.
 *
 * The version becomes `2026-11-21+acme.2026-10-01`, and the digest one over both.
 */
export function applyOverlay(data: PriceBookData, overlay: PriceOverlay): OverlayResult {
  const layers = new OverlayLayers(data, overlay);
  layers.discount();
  layers.addEntries();
  layers.checkAliases();
  if (layers.errors.length > 0) return { ok: false, errors: layers.errors };
  const source = `overlay ${overlay.name}`;
  return {
    ok: true,
    data: {
      ...data,
      version: `${data.version}+${overlay.name}.${overlay.version}`,
      digest: layeredDigest(data.digest, overlay),
      sources: {
        ...data.sources,
        [source]: { name: overlay.name, version: overlay.version, licence: 'private', url: 'costspan.yaml' },
      },
      exchangeRates: [...(data.exchangeRates ?? []), ...overlay.exchangeRates].toSorted((a, b) =>
        a.from < b.from ? -1 : 1,
      ),
      entryAliases: [
        ...(data.entryAliases ?? []),
        ...overlay.aliases.map(({ provider, model, entry }) => ({
          provider: canonicalProvider(provider),
          model: model.toLowerCase(),
          entry,
          by: overlay.name,
        })),
      ],
      entries: layers.entries,
    },
  };
}

class OverlayLayers {
  readonly errors: OverlayError[] = [];
  readonly entries: EntryData[];
  readonly #overlay: PriceOverlay;
  readonly #byName = new Map<string, number>();

  constructor({ entries }: PriceBookData, overlay: PriceOverlay) {
    this.entries = [...entries];
    this.#overlay = overlay;
    entries.forEach((entry, index) => {
      this.#register(entry, index);
    });
  }

  discount(): void {
    this.#overlay.discounts.forEach((rule, index) => {
      const provider = canonicalProvider(rule.provider);
      let matched = false;
      this.entries.forEach((entry, at) => {
        if (entry.provider !== provider || !matchesModel(rule, entry)) return;
        matched = true;
        const periods = periodsWithDiscount(entry.periods, rule, this.#overlay.name);
        this.entries[at] = { ...entry, periods };
      });
      if (!matched) {
        this.#fail(
          'discount_matches_nothing',
          `discounts[${index}]`,
          `no entry of the price book is ${provider}/${rule.model ?? '*'}; "costspan prices list" shows all`,
        );
      }
    });
  }

  addEntries(): void {
    this.#overlay.entries.forEach((own, index) => {
      const provider = canonicalProvider(own.provider);
      const model = own.model.toLowerCase();
      const path = `models[${index}]`;
      const at = this.#byName.get(`${provider}/${model}`);
      const listed = at === undefined ? undefined : this.entries[at];
      if (listed !== undefined && listed.currency !== own.currency) {
        const currency = listed.currency ?? 'the currency of the price book';
        this.#fail('currency_differs', path, `${provider}/${model} is listed in ${currency}; use the same`);
        return;
      }
      const aliases = (own.aliases ?? []).map((alias) => alias.toLowerCase());
      for (const alias of aliases) {
        const taken = this.#byName.get(`${provider}/${alias}`);
        if (taken !== undefined && taken !== at)
          this.#fail(
            'name_taken',
            path,
            `${provider}/${alias} is the name of another entry; remove the alias`,
          );
      }
      const entry: EntryData = {
        ...(listed ?? { provider, model }),
        ...(listed?.aliases !== undefined || aliases.length > 0
          ? { aliases: [...new Set([...(listed?.aliases ?? []), ...aliases])] }
          : {}),
        source: `overlay ${this.#overlay.name}`,
        sourceUrl: own.sourceUrl,
        checked: own.checked,
        ...(own.currency === undefined ? {} : { currency: own.currency }),
        periods: layPeriods(listed?.periods ?? [], own.periods),
      };
      const position = at ?? this.entries.length;
      this.entries[position] = entry;
      this.#register(entry, position);
    });
  }

  checkAliases(): void {
    this.#overlay.aliases.forEach(({ entry }, index) => {
      if (this.#byName.has(entry)) return;
      const names = this.entries.map(({ provider, model }) => ({
        name: model,
        label: `${provider}/${model}`,
      }));
      const closest = closestNames(entry, names, CLOSEST_MAX);
      const mend =
        closest.length === 0 ? '"costspan prices list" shows all' : `closest: ${closest.join(', ')}`;
      this.#fail('entry_unknown', `aliases[${index}].entry`, `no entry is named ${entry}; ${mend}`);
    });
  }

  #register({ provider, model, aliases = [] }: EntryData, index: number): void {
    for (const name of [model, ...aliases]) this.#byName.set(`${provider}/${name}`, index);
  }

  #fail(code: OverlayErrorCode, path: string, message: string): void {
    this.errors.push({ code, path, message });
  }
}

function matchesModel({ model }: DiscountRule, entry: EntryData): boolean {
  if (model === undefined) return true;
  const wanted = model.toLowerCase();
  if (wanted.endsWith('*')) return entry.model.startsWith(wanted.slice(0, -1));
  return entry.model === wanted || entry.aliases?.includes(wanted) === true;
}

/** The entries of the book are under its own digest, so that they need not be read again. */
function layeredDigest(digest: string, overlay: PriceOverlay): string {
  return `sha256:${createHash('sha256')
    .update(`${digest}\n${canonicalJson(overlay)}`)
    .digest('hex')}`;
}
