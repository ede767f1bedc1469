/** Hosts of providers that speak OpenAI's API, by what an address ends with, and OpenTelemetry's names for them. */
const PROVIDERS_BY_HOST: readonly (readonly [suffix: string, provider: string])[] = [
  ['openai.azure.com', 'azure.ai.openai'],
  ['cognitiveservices.azure.com', 'azure.ai.openai'],
  ['services.ai.azure.com', 'azure.ai.openai'],
  ['api.anthropic.com', 'anthropic'],
  ['api.cerebras.ai', 'cerebras'],
  ['api.deepinfra.com', 'deepinfra'],
  ['api.deepseek.com', 'deepseek'],
  ['api.fireworks.ai', 'fireworks_ai'],
  ['api.groq.com', 'groq'],
  ['api.mistral.ai', 'mistral_ai'],
  ['api.moonshot.ai', 'moonshot_ai'],
  ['api.moonshot.cn', 'moonshot_ai'],
  ['api.perplexity.ai', 'perplexity'],
  ['api.together.xyz', 'together_ai'],
  ['api.x.ai', 'x_ai'],
  ['generativelanguage.googleapis.com', 'gcp.gemini'],
  ['openrouter.ai', 'openrouter'],
];

/** A program calls a handful of hosts. */
const HOSTS_REMEMBERED_MAX = 1000;
const remembered = new Map<string, string>();

/**
 * Whose server answered. Instrumentations of OpenAI's SDK name OpenAI whatever address the SDK was given, and the address
 * is all that tells; one that is not known, such as a proxy's, leaves the name as it is.
 */
export function providerOfHost(named: string | undefined, host: string | undefined): string | undefined {
  if (named !== 'openai' || host === undefined) return named;
  const known = remembered.get(host);
  if (known !== undefined) return known;
  const provider = lookedUp(host.toLowerCase()) ?? named;
  if (remembered.size < HOSTS_REMEMBERED_MAX) remembered.set(host, provider);
  return provider;
}

function lookedUp(host: string): string | undefined {
  return PROVIDERS_BY_HOST.find(([suffix]) => host === suffix || host.endsWith(`.${suffix}`))?.[1];
}
