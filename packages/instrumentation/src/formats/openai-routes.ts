import type { WireRoute } from '../wire-format.ts';

/**
 * The addresses of one of OpenAI's APIs, by how their paths end. Any prefix may stand before: `/v1` at OpenAI, `/openai/v1`
 * at Groq and Azure, `/api/v1` at OpenRouter, `/inference/v1` at Fireworks, an operator's own at a proxy.
 *
 * - Azure's older paths have the deployment's name, which stands for a model.
 * - Vertex AI's have the region.
 * - Those of Cloudflare's AI Gateway have the provider that it calls.
 *
 * @param path a pattern without anchors: `chat/completions`.
 * @see https://learn.microsoft.com/azure/ai-foundry/openai/reference
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/start/openai
 * @see https://developers.cloudflare.com/ai-gateway/usage/providers/
 */
export function openAiRoutes(
  ending: string,
  path: string,
  { method = 'POST', isCommon = false }: Partial<Pick<WireRoute, 'method' | 'isCommon'>> = {},
): readonly WireRoute[] {
  const specific = [
    `/openai/deployments/(?<model>[^/]+)/${path}$`,
    `/locations/(?<region>[^/]+)/endpoints/[^/]+/${path}$`,
    `^/v1/[0-9a-f]{32}/[^/]+/(?<provider>[a-z][a-z0-9-]*)(?:/[^/]+){0,4}?/${path}$`,
  ];
  return [
    ...specific.map((source) => ({ method, ending, path: new RegExp(source) })),
    { method, ending, path: new RegExp(`/${path}$`), isCommon },
  ];
}
