/**
 * Names that instrumentations give to a provider, and OpenTelemetry's name for it. The left side holds the
 * values that the semantic conventions renamed with `gen_ai.provider.name` (v1.37), the ids of the AI SDK's
 * provider packages and the spellings of OpenInference.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 */
const PROVIDER_ALIASES: ReadonlyMap<string, string> = new Map([
  ['amazon-bedrock', 'aws.bedrock'],
  ['amazon_bedrock', 'aws.bedrock'],
  ['aws', 'aws.bedrock'],
  ['aws_bedrock', 'aws.bedrock'],
  ['aws-bedrock', 'aws.bedrock'],
  ['aws.anthropic', 'aws.bedrock'],
  ['bedrock', 'aws.bedrock'],
  ['az.ai.agents', 'azure.ai.inference'],
  ['az.ai.inference', 'azure.ai.inference'],
  ['az.ai.openai', 'azure.ai.openai'],
  ['microsoft.foundry', 'azure.ai.inference'],
  ['azure', 'azure.ai.openai'],
  ['azure-openai', 'azure.ai.openai'],
  ['azure_openai', 'azure.ai.openai'],
  ['gemini', 'gcp.gemini'],
  ['google-ai-studio', 'gcp.gemini'],
  ['google', 'gcp.gemini'],
  ['google.generative-ai', 'gcp.gemini'],
  ['googleai', 'gcp.gemini'],
  ['gcp.gen_ai', 'gcp.gemini'],
  ['google_genai', 'gcp.gemini'],
  ['google-genai', 'gcp.gemini'],
  ['google.vertex', 'gcp.vertex_ai'],
  ['gcp.anthropic', 'gcp.vertex_ai'],
  ['google-vertex-ai', 'gcp.vertex_ai'],
  ['google_vertexai', 'gcp.vertex_ai'],
  ['google-vertexai', 'gcp.vertex_ai'],
  ['google-vertex', 'gcp.vertex_ai'],
  ['google_vertex', 'gcp.vertex_ai'],
  ['llama.cpp', 'llama_cpp'],
  ['vertex', 'gcp.vertex_ai'],
  ['vertex_ai', 'gcp.vertex_ai'],
  ['vertexai', 'gcp.vertex_ai'],
  ['mistral', 'mistral_ai'],
  ['mistralai', 'mistral_ai'],
  ['moonshot', 'moonshot_ai'],
  ['moonshotai', 'moonshot_ai'],
  ['together', 'together_ai'],
  ['togetherai', 'together_ai'],
  ['fireworks', 'fireworks_ai'],
  ['fireworksai', 'fireworks_ai'],
  ['cerebras-ai', 'cerebras'],
  ['cloudflare-workers-ai', 'cloudflare'],
  ['cloudflare_workers_ai', 'cloudflare'],
  ['workers-ai', 'cloudflare'],
  ['workersai', 'cloudflare'],
  ['deep-infra', 'deepinfra'],
  ['deep_infra', 'deepinfra'],
  ['fireworks-ai', 'fireworks_ai'],
  ['groqcloud', 'groq'],
  ['nebius-ai-studio', 'nebius'],
  ['nebius-token-factory', 'nebius'],
  ['nebiusai', 'nebius'],
  ['novita-ai', 'novita'],
  ['novita_ai', 'novita'],
  ['novitaai', 'novita'],
  ['open-router', 'openrouter'],
  ['open_router', 'openrouter'],
  ['ovhcloud-ai-endpoints', 'ovhcloud'],
  ['ovh', 'ovhcloud'],
  ['sambanova-cloud', 'sambanova'],
  ['sambanovasystems', 'sambanova'],
  ['together-ai', 'together_ai'],
  ['together.ai', 'together_ai'],
  ['mistral-ai', 'mistral_ai'],
  ['mistral.ai', 'mistral_ai'],
  ['codestral', 'mistral_ai'],
  ['x.ai', 'x_ai'],
  ['deepseek-ai', 'deepseek'],
  ['deepseek_ai', 'deepseek'],
  ['cohere_chat', 'cohere'],
  ['cohereai', 'cohere'],
  ['perplexity-ai', 'perplexity'],
  ['perplexity_ai', 'perplexity'],
  ['perplexityai', 'perplexity'],
  ['pplx', 'perplexity'],
  ['kimi', 'moonshot_ai'],
  ['moonshot-ai', 'moonshot_ai'],
  ['moonshotai-cn', 'moonshot_ai'],
  ['voyage', 'voyageai'],
  ['voyage-ai', 'voyageai'],
  ['voyage_ai', 'voyageai'],
  ['z-ai', 'zai'],
  ['z.ai', 'zai'],
  ['z_ai', 'zai'],
  ['zai-org', 'zai'],
  ['bigmodel', 'zhipuai'],
  ['zhipu', 'zhipuai'],
  ['zhipu-ai', 'zhipuai'],
  ['zhipu_ai', 'zhipuai'],
  ['minimaxai', 'minimax'],
  ['arcee-ai', 'arcee'],
  ['copilot', 'github-copilot'],
  ['github.copilot', 'github-copilot'],
  ['github_copilot', 'github-copilot'],
  ['alibaba-cloud', 'alibaba'],
  ['alibaba_cloud', 'alibaba'],
  ['aliyun', 'alibaba'],
  ['dashscope', 'alibaba'],
  ['qwen', 'alibaba'],
  ['ai21-labs', 'ai21'],
  ['ai21labs', 'ai21'],
  ['inceptionlabs', 'inception'],
  ['jina-ai', 'jina'],
  ['jina_ai', 'jina'],
  ['jinaai', 'jina'],
  ['eleven_labs', 'elevenlabs'],
  ['grok', 'x_ai'],
  ['x-ai', 'x_ai'],
  ['xai', 'x_ai'],
]);

/** Names that are remembered; a program has a few, a hostile one may make them up. */
const NAMES_REMEMBERED_MAX = 1000;

const canonicalNames = new Map<string, string>();

/**
 * OpenTelemetry's name of a provider. An AI SDK id such as `openai.responses` or `google.vertex.chat` loses
 * its API part; a name that is not known stays as it is, in lower case.
 */
export function canonicalProvider(name: string): string {
  const known = canonicalNames.get(name);
  if (known !== undefined) return known;
  const canonical = findCanonical(name.toLowerCase());
  if (canonicalNames.size < NAMES_REMEMBERED_MAX) canonicalNames.set(name, canonical);
  return canonical;
}

function findCanonical(name: string): string {
  let remaining = name;
  for (;;) {
    const listed = PROVIDER_ALIASES.get(remaining);
    if (listed !== undefined) return listed;
    if (isOpenTelemetryName(remaining)) return remaining;
    const lastDot = remaining.lastIndexOf('.');
    if (lastDot === -1) return remaining;
    remaining = remaining.slice(0, lastDot);
  }
}

function isOpenTelemetryName(name: string): boolean {
  return (
    name.startsWith('aws.') ||
    name.startsWith('azure.ai.') ||
    name.startsWith('gcp.') ||
    name === 'ibm.watsonx.ai'
  );
}
