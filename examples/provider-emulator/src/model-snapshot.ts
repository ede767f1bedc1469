/** Aliases that the providers resolve to a dated snapshot, which they name in the answer. */
const SNAPSHOTS: ReadonlyMap<string, string> = new Map([
  ['gpt-5', 'gpt-5-2025-08-07'],
  ['gpt-5-mini', 'gpt-5-mini-2025-08-07'],
  ['gpt-5-nano', 'gpt-5-nano-2025-08-07'],
  ['gpt-4.1', 'gpt-4.1-2025-04-14'],
  ['gpt-4.1-mini', 'gpt-4.1-mini-2025-04-14'],
  ['gpt-4o', 'gpt-4o-2024-08-06'],
  ['gpt-4o-mini', 'gpt-4o-mini-2024-07-18'],
  ['claude-sonnet-4-5', 'claude-sonnet-4-5-20250929'],
  ['claude-haiku-4-5', 'claude-haiku-4-5-20251001'],
  ['claude-opus-4-5', 'claude-opus-4-5-20251101'],
]);

/** The model name that the provider answers with. */
export function modelSnapshot(requested: string): string {
  // Anthropic's models are called `claude-x@20251001` in Vertex AI and answer as `claude-x-20251001`.
  return SNAPSHOTS.get(requested) ?? requested.replace(/^(claude-.+)@/, '$1-');
}

/** Whether the model's provider caches by itself and bills what it writes into the cache. */
export function billsCacheWrites(model: string): boolean {
  return /^gpt-(5\.[6-9]|[6-9])/.test(model);
}

/** Whether the model thinks before it answers and bills the thinking as output. */
export function isReasoningModel(model: string): boolean {
  return /^(gpt-5|o\d|gemini-2\.5|gemini-3)/.test(model);
}
