/** Hosts of providers, by what an address ends with, and the names that OpenTelemetry and the price book have for them. */
const PROVIDERS_BY_HOST: readonly (readonly [suffix: string, provider: string])[] = [
  ['ai-gateway.vercel.sh', 'gateway'],
  ['ai.api.nvidia.com', 'nvidia'],
  ['aiplatform.googleapis.com', 'gcp.vertex_ai'],
  ['ai.cloud.ovh.net', 'ovhcloud'],
  ['api.ai21.com', 'ai21'],
  ['api.anthropic.com', 'anthropic'],
  ['api.arcee.ai', 'arcee'],
  ['api.avian.io', 'avian'],
  ['api.cerebras.ai', 'cerebras'],
  ['api.cloudflare.com', 'cloudflare'],
  ['api.cohere.ai', 'cohere'],
  ['api.cohere.com', 'cohere'],
  ['api.deepgram.com', 'deepgram'],
  ['api.deepinfra.com', 'deepinfra'],
  ['api.deepseek.com', 'deepseek'],
  ['api.doubleword.ai', 'doubleword'],
  ['api.elevenlabs.io', 'elevenlabs'],
  ['api.fireworks.ai', 'fireworks_ai'],
  ['api.githubcopilot.com', 'github-copilot'],
  ['api.groq.com', 'groq'],
  ['api.hyperbolic.xyz', 'hyperbolic'],
  ['api.inceptionlabs.ai', 'inception'],
  ['api.individual.githubcopilot.com', 'github-copilot'],
  ['api.jina.ai', 'jina'],
  ['api.minimax.chat', 'minimax'],
  ['api.minimax.io', 'minimax'],
  ['api.minimaxi.com', 'minimax'],
  ['api.mistral.ai', 'mistral_ai'],
  ['api.moonshot.ai', 'moonshot_ai'],
  ['api.moonshot.cn', 'moonshot_ai'],
  ['api.novita.ai', 'novita'],
  ['api.openai.com', 'openai'],
  ['api.perplexity.ai', 'perplexity'],
  ['api.replicate.com', 'replicate'],
  ['api.sambanova.ai', 'sambanova'],
  ['api.siliconflow.cn', 'siliconflow'],
  ['api.siliconflow.com', 'siliconflow'],
  ['api.studio.nebius.ai', 'nebius'],
  ['api.studio.nebius.com', 'nebius'],
  ['api.together.ai', 'together_ai'],
  ['api.together.xyz', 'together_ai'],
  ['api.tokenfactory.nebius.com', 'nebius'],
  ['api.voyageai.com', 'voyageai'],
  ['api.x.ai', 'x_ai'],
  ['api.z.ai', 'zai'],
  ['codestral.mistral.ai', 'mistral_ai'],
  ['cognitiveservices.azure.com', 'azure.ai.openai'],
  ['dashscope-intl.aliyuncs.com', 'alibaba'],
  ['dashscope-us.aliyuncs.com', 'alibaba'],
  ['dashscope.aliyuncs.com', 'alibaba'],
  ['generativelanguage.googleapis.com', 'gcp.gemini'],
  ['inference.ai.azure.com', 'azure.ai.inference'],
  ['inference.baseten.co', 'baseten'],
  ['integrate.api.nvidia.com', 'nvidia'],
  ['maas.aliyuncs.com', 'alibaba'],
  ['ml.cloud.ibm.com', 'ibm.watsonx.ai'],
  ['models.ai.azure.com', 'azure.ai.inference'],
  ['models.github.ai', 'github-models'],
  ['models.inference.ai.azure.com', 'github-models'],
  ['open.bigmodel.cn', 'zhipuai'],
  ['openai.azure.com', 'azure.ai.openai'],
  ['openrouter.ai', 'openrouter'],
  ['router.huggingface.co', 'huggingface'],
  ['services.ai.azure.com', 'azure.ai.openai'],
];

/** Hosts that have a region within their names. */
const PROVIDERS_BY_PATTERN: readonly (readonly [host: RegExp, provider: string])[] = [
  [
    /(?:^|\.)bedrock-(?:runtime|mantle)(?:-fips)?\.[a-z0-9-]+\.(?:vpce\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)$/,
    'aws.bedrock',
  ],
  [/(?:^|-)aiplatform(?:\.[a-z0-9-]+\.rep)?\.googleapis\.com$/, 'gcp.vertex_ai'],
];

/** A program calls a handful of hosts. */
const HOSTS_REMEMBERED_MAX = 1000;
const remembered = new Map<string, string | undefined>();

/**
 * Whose server answered. Instrumentations of OpenAI's SDK name OpenAI whatever address the SDK was given, and the address
 * is all that tells; one that is not known, such as a proxy's, leaves the name as it is.
 */
export function providerOfHost(named: string | undefined, host: string | undefined): string | undefined {
  if (named !== 'openai' || host === undefined) return named;
  return providerAtHost(host) ?? named;
}

/** The provider whose host this is; `undefined` for one that is not known and for proxies of several providers. */
export function providerAtHost(host: string): string | undefined {
  if (remembered.has(host)) return remembered.get(host);
  const provider = lookedUp(host.toLowerCase());
  if (remembered.size < HOSTS_REMEMBERED_MAX) remembered.set(host, provider);
  return provider;
}

function lookedUp(host: string): string | undefined {
  const listed = PROVIDERS_BY_HOST.find(([suffix]) => host === suffix || host.endsWith(`.${suffix}`));
  return (listed ?? PROVIDERS_BY_PATTERN.find(([pattern]) => pattern.test(host)))?.[1];
}
