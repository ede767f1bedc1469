import { createHash } from 'node:crypto';
import { canonicalProvider } from '@costspan/cost-model';
import { closestNames } from './closest-names.ts';
import { overridePeriods, periodsWithDiscount } from './lay-periods.ts';
import { OVERLAY_SOURCE } from './packed-price-book.ts';
import type { EntryData, PeriodData, PriceBookData, ServiceTiersData } from './price-book-data.ts';
import { canonicalJson } from './price-book-digest.ts';
import type {
  DiscountRule,
  OverlayEntry,
  OverlayError,
  OverlayErrorCode,
  PriceOverlay,
} from './price-overlay.ts';
import { billedServiceTier } from './service-tier.ts';

export type OverlayResult =
  | { readonly ok: true; readonly data: PriceBookData }
  | { readonly ok: false; readonly errors: readonly OverlayError[] };

const CLOSEST_MAX = 3;

/**
 * Lays an organisation's prices over a price book. Neither is changed.
 *
 * 1. Discounts are taken off the entries below; the last rule that matches an entry counts.
 * 2. The overlay's own rates replace those of a listed entry for their time, undiscounted; what they do not state
 *    (a cached rate, a tier, a fee) stays as it is listed. Other models are added.
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
  const source = `${OVERLAY_SOURCE}${overlay.name}`;
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
      ...(overlay.exchangeRates.length > 0 && {
        exchangeRates: [...(data.exchangeRates ?? []), ...overlay.exchangeRates].toSorted((a, b) =>
          a.from < b.from ? -1 : 1,
        ),
      }),
      ...(overlay.aliases.length > 0 && {
        entryAliases: [
          ...(data.entryAliases ?? []),
          ...overlay.aliases.map(({ provider, model, entry }) => ({
            provider: canonicalProvider(provider),
            model: model.toLowerCase(),
            entry: canonicalEntry(entry),
            by: overlay.name,
          })),
        ],
      }),
      entries: layers.entries,
    },
  };
}

class OverlayLayers {
  readonly errors: OverlayError[] = [];
  readonly entries: EntryData[];
  readonly #overlay: PriceOverlay;
  readonly #currency: string;
  readonly #byName = new Map<string, number>();

  constructor({ entries, currency }: PriceBookData, overlay: PriceOverlay) {
    this.entries = [...entries];
    this.#overlay = overlay;
    this.#currency = currency;
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
      this.#addEntry(own, `models[${index}]`);
    });
  }

  #addEntry(own: OverlayEntry, path: string): void {
    const provider = canonicalProvider(own.provider);
    const model = own.model.toLowerCase();
    const at = this.#byName.get(`${provider}/${model}`);
    const listed = at === undefined ? undefined : this.entries[at];
    const currency = own.currency === this.#currency ? undefined : own.currency;
    if (listed !== undefined && listed.currency !== currency) {
      const wanted = listed.currency ?? this.#currency;
      this.#fail('currency_differs', path, `${provider}/${model} is listed in ${wanted}; use the same`);
      return;
    }
    const added = (own.aliases ?? []).map((alias) => alias.toLowerCase());
    const names = new Set([...(listed?.aliases ?? []), ...added]);
    names.delete(listed?.model ?? model);
    for (const alias of names) {
      const taken = this.#byName.get(`${provider}/${alias}`);
      if (taken !== undefined && taken !== at)
        this.#fail('name_taken', path, `${provider}/${alias} is the name of another entry; remove the alias`);
    }
    const entry: EntryData = {
      ...(listed === undefined ? { provider, model } : settled(listed, own.periods)),
      ...(names.size > 0 && { aliases: [...names] }),
      source: `${OVERLAY_SOURCE}${this.#overlay.name}`,
      sourceUrl: own.sourceUrl,
      checked: own.checked,
      ...(currency !== undefined && { currency }),
      periods: overridePeriods(listed?.periods ?? [], own.periods.map(withBilledTiers)),
    };
    const position = at ?? this.entries.length;
    this.entries[position] = entry;
    this.#register(entry, position);
  }

  checkAliases(): void {
    this.#overlay.aliases.forEach(({ provider, model, entry: reported }, index) => {
      const entry = canonicalEntry(reported);
      const alias = `${canonicalProvider(provider)}/${model.toLowerCase()}`;
      const taken = this.#byName.get(alias);
      if (taken !== undefined && taken !== this.#byName.get(entry))
        this.#fail(
          'name_taken',
          `aliases[${index}]`,
          `${alias} is listed itself; price it under models instead`,
        );
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

/** What an agreement settles is no longer unknown, approximate or derived. */
function settled(listed: EntryData, own: readonly PeriodData[]): EntryData {
  const stated = new Set(own.flatMap(({ rates }) => Object.keys(rates)));
  const { undetermined = [], approximate: _approximate, derived = {}, ...rest } = listed;
  const open = undetermined.filter((bucket) => !stated.has(bucket));
  const stillDerived = Object.entries(derived).filter(([bucket]) => !stated.has(bucket));
  return {
    ...rest,
    ...(open.length > 0 && { undetermined: open }),
    ...(stillDerived.length > 0 && { derived: Object.fromEntries(stillDerived) }),
  };
}

/** Tiers under the names that calls are billed by: `batch-api` is `batch`. */
function withBilledTiers(period: PeriodData): PeriodData {
  if (period.serviceTiers === undefined) return period;
  const tiers: ServiceTiersData = Object.fromEntries(
    Object.entries(period.serviceTiers).map(([tier, card]) => [billedServiceTier(tier) ?? tier, card]),
  );
  return { ...period, serviceTiers: tiers };
}

function canonicalEntry(name: string): string {
  const slash = name.indexOf('/');
  if (slash === -1) return name.toLowerCase();
  return `${canonicalProvider(name.slice(0, slash))}/${name.slice(slash + 1).toLowerCase()}`;
}

/** The entries of the book are under its own digest, so that they need not be read again. */
function layeredDigest(digest: string, overlay: PriceOverlay): string {
  return `sha256:${createHash('sha256')
    .update(`${digest}\n${canonicalJson(overlay)}`)
    .digest('hex')}`;
}
