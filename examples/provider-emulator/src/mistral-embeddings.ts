import { z } from 'zod';
import { mistralError, mistralUsage } from './mistral-usage.ts';
import { unitVector } from './unit-vector.ts';
import { requestWithoutAnswer, type WireApi, type WireCall } from './wire-api.ts';

const DEFAULT_DIMENSIONS = 1024;

const bodySchema = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string()).min(1).max(2048)]),
  output_dimension: z.int().positive().max(3072).nullish(),
});

/** `POST /mistral/v1/embeddings`: only prompt tokens are billed; the answer has an id. */
export const mistralEmbeddings: WireApi = {
  path: '/mistral/v1/embeddings',
  api: 'embeddings',
  provider: 'mistral_ai',
  read: readEmbeddings,
  error: mistralError,
};

function readEmbeddings(input: unknown): WireCall {
  const body = bodySchema.parse(input);
  const texts = typeof body.input === 'string' ? [body.input] : body.input;
  const dimensions = body.output_dimension ?? DEFAULT_DIMENSIONS;
  return {
    request: requestWithoutAnswer(body.model, texts),
    usageReported: true,
    responseId: ({ id }) => id,
    body: (answer) => ({
      id: answer.id,
      object: 'list',
      model: answer.model,
      data: texts.map((text, index) => ({
        object: 'embedding',
        index,
        embedding: [...unitVector(text, dimensions)],
      })),
      usage: mistralUsage(answer),
    }),
    events: () => [],
  };
}
