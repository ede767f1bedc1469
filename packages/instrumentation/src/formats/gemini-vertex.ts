import type { WireFormat, WireRoute } from '../wire-format.ts';
import { geminiGenerateContent } from './gemini-generate-content.ts';

/**
 * Gemini on Vertex AI, where the path has the region: of a model, of a model without a project (express mode), or of an
 * endpoint with a tuned model, whose number stands for the model.
 *
 * @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
 */
export const geminiVertex: WireFormat = {
  ...geminiGenerateContent,
  name: 'gemini-vertex',
  defaultProvider: 'gcp.vertex_ai',
  routes: [route('generateContent'), route('streamGenerateContent')],
};

function route(ending: string): WireRoute {
  const path = new RegExp(
    `(?:/locations/(?<region>[^/]+))?/(?:publishers/[^/]+/models|endpoints)/(?<model>[^/:]+):${ending}$`,
  );
  return { method: 'POST', ending, path };
}
