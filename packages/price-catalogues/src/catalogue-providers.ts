import { canonicalProvider } from '@costspan/cost-model';

/** Catalogues' ids of providers that OpenTelemetry, or Costspan, names otherwise. */
const CATALOGUE_PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['azure_ai', 'azure.ai.inference'],
  ['azure_text', 'azure.ai.openai'],
  ['azure-cognitive-services', 'azure.ai.inference'],
  ['bedrock_converse', 'aws.bedrock'],
  ['bedrock_mantle', 'aws.bedrock'],
  ['amazon_nova', 'amazon_nova'],
  ['cohere_chat', 'cohere'],
  ['fireworks-ai', 'fireworks_ai'],
  ['fireworks_ai-embedding-models', 'fireworks_ai'],
  ['google-vertex-anthropic', 'gcp.vertex_ai'],
  ['text-completion-openai', 'openai'],
  ['vertex-ai', 'gcp.vertex_ai'],
  ['voyage', 'voyageai'],
  ['watsonx', 'ibm.watsonx.ai'],
  ['z-ai', 'zai'],
]);

/** Marketplaces: what a call costs there depends on the host that served it. */
const MARKETPLACES: ReadonlyMap<string, string> = new Map([
  ['openrouter', 'OpenRouter is a marketplace: the price depends on the host that served the call'],
  ['vercel_ai_gateway', 'a gateway to many hosts: the price depends on the one that served the call'],
  ['vercel', 'a gateway to many hosts: the price depends on the one that served the call'],
]);

/** From 200,000 tokens on at xAI; everywhere else a threshold itself still has the lower price. */
const INCLUSIVE_THRESHOLD: ReadonlySet<string> = new Set(['x_ai']);

/** OpenTelemetry's name for a catalogue's provider. */
export function catalogueProvider(id: string): string {
  const name = id.trim().toLowerCase();
  if (name.startsWith('vertex_ai')) return 'gcp.vertex_ai';
  return CATALOGUE_PROVIDERS.get(name) ?? canonicalProvider(name);
}

/** Why a provider's prices are no list prices, if they are none. */
export function approximateReason(provider: string): string | undefined {
  return MARKETPLACES.get(provider);
}

export function thresholdIsInclusive(provider: string): boolean {
  return INCLUSIVE_THRESHOLD.has(provider);
}

/** A name that says itself that the model is free. */
export function isFreeByName(model: string): boolean {
  return /(?:[:/-]free|\(free\))$/.test(model);
}
