import type { WireFormat, WireRoute } from '../wire-format.ts';
import { openAiChat } from './openai-chat.ts';

/**
 * Partners' models on Vertex AI that speak OpenAI's chat, such as Mistral's and AI21's. Anthropic's speak their own.
 *
 * @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/mistral
 */
export const vertexRawPredict: WireFormat = {
  ...openAiChat,
  name: 'vertex-raw-predict',
  defaultProvider: 'gcp.vertex_ai',
  routes: [route('rawPredict'), route('streamRawPredict')],
};

function route(ending: string): WireRoute {
  const path = new RegExp(
    `/locations/(?<region>[^/]+)/publishers/(?!anthropic/)[^/]+/models/(?<model>[^/:]+):${ending}$`,
  );
  return { method: 'POST', ending, path };
}
