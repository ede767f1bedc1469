import { assert, canonicalProvider } from '@costspan/cost-model';
import { isSnapshotRemainder, modelNameCandidates } from './model-name.ts';
import type { ListedEntry } from './price-book-content.ts';
import type { EntryAliasData, EntryData } from './price-book-data.ts';

/** An entry, and how a model's name led to it. */
export interface EntryMatch {
  readonly entry: EntryData;
  /** False when only a prefix of the name is listed. */
  readonly exact: boolean;
  /** In words: `by its name`, … */
  readonly how: string;
}

interface ProviderEntries {
  readonly byName: Map<string, ListedEntry>;
  /** Names that somebody else gave to entries of any provider. */
  readonly byAlias: Map<string, EntryMatch>;
  /** The longest prefix first. */
  readonly prefixes: [prefix: string, entry: ListedEntry][];
}

/**
 * Providers of their own models, asked in turn when a call names no provider. Hosts of others' models are
 * not: the same name costs something else at each of them.
 */
const FIRST_PARTY_PROVIDERS = [
  'openai',
  'anthropic',
  'gcp.gemini',
  'x_ai',
  'mistral_ai',
  'deepseek',
  'cohere',
  'perplexity',
  'moonshot_ai',
  'voyageai',
  'zai',
  'minimax',
  'alibaba',
  'ai21',
] as const;

/**
 * Proxies and gateways that pass a call on to the provider that its model's name begins with. What they charge
 * is believed to be that provider's price, so that a match through them is approximate.
 */
const ROUTERS: ReadonlySet<string> = new Set([
  'gateway',
  'helicone',
  'litellm',
  'litellm_proxy',
  'portkey',
  'vercel',
  'vercel_ai_gateway',
]);

/** A longer name is not a model's: it is neither looked up nor remembered. */
export const NAME_CHARACTERS_MAX = 512;

/** Finds entries by provider and model name. Every name is listed once for a provider. */
export class EntryIndex {
  readonly #providers = new Map<string, ProviderEntries>();

  constructor(entries: readonly ListedEntry[], aliases: readonly EntryAliasData[] = []) {
    for (const entry of entries) this.#add(entry);
    for (const alias of aliases) this.#addAlias(alias);
    for (const { prefixes } of this.#providers.values())
      prefixes.sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1));
  }

  hasProvider(provider: string): boolean {
    return this.#providers.has(provider);
  }

  /**
   * The entry of a model. Without a provider, the only first-party one that lists the name; a name that two
   * of them list has no answer.
   */
  find(provider: string | undefined, model: string): EntryMatch | undefined {
    if (model.length > NAME_CHARACTERS_MAX) return undefined;
    if (provider !== undefined && ROUTERS.has(provider)) return this.#findBehind(provider, model);
    if (provider !== undefined) return this.#findAt(provider, model);
    const named = this.#providerInName(model);
    if (named !== undefined) return this.#findAt(named, model);
    const found = FIRST_PARTY_PROVIDERS.flatMap((each) => this.#findAt(each, model) ?? []);
    const [only] = found;
    // A free offer is the host's and not the model's: it says nothing of a call to somewhere unknown.
    if (only === undefined || found.length > 1 || isFree(only.entry)) return undefined;
    return { ...only, how: `${only.how}; no provider is named and only ${only.entry.provider} lists it` };
  }

  #findBehind(router: string, model: string): EntryMatch | undefined {
    const named = this.#providerInName(model);
    const match = named === undefined ? undefined : this.#findAt(named, model);
    return match && { ...match, exact: false, how: `${match.how}, behind ${router}` };
  }

  #add(entry: ListedEntry): void {
    const at = this.#at(entry.provider);
    for (const name of [entry.model, ...entry.aliases]) {
      assert(!at.byName.has(name), 'a model name is listed once for a provider', {
        provider: entry.provider,
        name,
      });
      at.byName.set(name, entry);
    }
    for (const prefix of entry.prefixes) at.prefixes.push([prefix, entry]);
  }

  #addAlias({ provider, model, entry: name, by }: EntryAliasData): void {
    const slash = name.indexOf('/');
    const entry = this.#providers.get(name.slice(0, slash))?.byName.get(name.slice(slash + 1));
    assert(entry !== undefined, 'an alias must name an entry', { provider, model, entry: name });
    this.#at(provider).byAlias.set(model, { entry: entry.data, exact: true, how: `as an alias of ${by}` });
  }

  #at(provider: string): ProviderEntries {
    let at = this.#providers.get(provider);
    if (at === undefined) {
      at = { byName: new Map(), byAlias: new Map(), prefixes: [] };
      this.#providers.set(provider, at);
    }
    return at;
  }

  #providerInName(model: string): string | undefined {
    const slash = model.indexOf('/');
    if (slash === -1) return undefined;
    const provider = canonicalProvider(model.slice(0, slash).trim());
    return this.#providers.has(provider) ? provider : undefined;
  }

  #findAt(provider: string, model: string): EntryMatch | undefined {
    const at = this.#providers.get(provider);
    if (at === undefined) return undefined;
    const candidates = modelNameCandidates(provider, model);
    for (const { name, how, exact, snapshotDay } of candidates) {
      const aliased = at.byAlias.get(name);
      if (aliased !== undefined) return { ...aliased, exact };
      const entry = at.byName.get(name)?.data;
      // A snapshot of a later day than the price was checked on may have another price.
      const vouchedFor = snapshotDay === undefined || entry === undefined || snapshotDay <= entry.checked;
      if (entry !== undefined) return { entry, exact: exact && vouchedFor, how };
    }
    for (const { name } of candidates) {
      const listed = at.prefixes.find(
        ([prefix]) => name.startsWith(prefix) && isSnapshotRemainder(name.slice(prefix.length)),
      );
      if (listed !== undefined) {
        const [prefix, entry] = listed;
        return { entry: entry.data, exact: false, how: `by the prefix ${prefix} of "${name}"` };
      }
    }
    return undefined;
  }
}

function isFree(entry: EntryData): boolean {
  return entry.periods.every(({ rates }) =>
    Object.values(rates).every(({ decimal }) => Number(decimal) === 0),
  );
}
