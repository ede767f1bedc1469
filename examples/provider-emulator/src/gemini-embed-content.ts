import { z } from 'zod';
import { geminiError } from './gemini-error.ts';
import { unitVector } from './unit-vector.ts';
import { requestWithoutAnswer, type WireApi, type WireCall } from './wire-api.ts';

const DEFAULT_DIMENSIONS = 768;

const requestSchema = z.looseObject({
  content: z.looseObject({ parts: z.array(z.looseObject({ text: z.string() })) }),
  outputDimensionality: z.int().positive().max(3072).optional(),
});
const batchSchema = z.looseObject({ requests: z.array(requestSchema).min(1).max(100) });

/** `POST /v1/models/{model}:embedContent`: one vector. */
export const geminiEmbedContent: WireApi = {
  path: '/v1/models/{model}:embedContent',
  api: 'embeddings',
  provider: 'gcp.gemini',
  read: (body, model) => embedCall(model, [requestSchema.parse(body)], ([embedding]) => ({ embedding })),
  error: geminiError,
};

/** `POST /v1/models/{model}:batchEmbedContents`: what the SDK uses, also for one text. */
export const geminiBatchEmbedContents: WireApi = {
  ...geminiEmbedContent,
  path: '/v1/models/{model}:batchEmbedContents',
  read: (body, model) => embedCall(model, batchSchema.parse(body).requests, (embeddings) => ({ embeddings })),
};

function embedCall(
  model: string,
  requests: readonly z.infer<typeof requestSchema>[],
  shape: (embeddings: object[]) => object,
): WireCall {
  const texts = requests.map(({ content }) => content.parts.map((part) => part.text).join(''));
  return {
    request: requestWithoutAnswer(model, texts),
    usageReported: true,
    responseId: () => null,
    body: ({ usage }) => ({
      ...shape(
        texts.map((text, index) => {
          const dimensions = requests[index]?.outputDimensionality ?? DEFAULT_DIMENSIONS;
          return { values: [...unitVector(text, dimensions)] };
        }),
      ),
      usageMetadata: {
        promptTokenCount: usage.input,
        promptTokensDetails: [{ modality: 'TEXT', tokenCount: usage.input }],
      },
    }),
    events: () => [],
  };
}
