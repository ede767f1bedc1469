import { z } from 'zod';
import { cohereError } from './cohere-usage.ts';
import { unitVector } from './unit-vector.ts';
import { requestWithoutAnswer, type WireApi, type WireCall } from './wire-api.ts';

const DIMENSIONS = 1024;

const bodySchema = z.looseObject({
  model: z.string(),
  texts: z.array(z.string()).min(1).max(96),
});

/** `POST /v1/embed`: only input tokens are billed. */
export const cohereEmbed: WireApi = {
  path: '/v1/embed',
  api: 'embeddings',
  provider: 'cohere',
  read: readEmbed,
  error: cohereError,
};

function readEmbed(input: unknown): WireCall {
  const { model, texts } = bodySchema.parse(input);
  return {
    request: requestWithoutAnswer(model, texts),
    usageReported: true,
    responseId: ({ id }) => id,
    body: ({ id, usage }) => ({
      id,
      texts,
      embeddings: texts.map((text) => [...unitVector(text, DIMENSIONS)]),
      meta: { api_version: { version: '1' }, billed_units: { input_tokens: usage.input } },
      response_type: 'embeddings_floats',
    }),
    events: () => [],
  };
}
