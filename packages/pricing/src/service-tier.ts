/** Service tiers that are billed at the list price. `on_demand` is the word of Groq and Google for it. */
const LIST_PRICE_TIERS: ReadonlySet<string> = new Set([
  '',
  'default',
  'standard',
  'standard_only',
  'auto',
  'on_demand',
  'online',
]);

/** Other spellings of a tier, as responses and catalogues have them. */
const TIER_SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['batches', 'batch'],
  ['batch_api', 'batch'],
  ['on_demand_flex', 'flex'],
  ['on_demand_priority', 'priority'],
]);

/** The tier that a call names, in the price book's words; `undefined` when it is billed at the list price. */
export function billedServiceTier(reported: string | undefined): string | undefined {
  if (reported === undefined || LIST_PRICE_TIERS.has(reported)) return undefined;
  const tier = reported
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
  return LIST_PRICE_TIERS.has(tier) ? undefined : (TIER_SPELLINGS.get(tier) ?? tier);
}
