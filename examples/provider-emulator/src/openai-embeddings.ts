import type OpenAI from 'openai';
import { z } from 'zod';
import { openAiError } from './openai-usage.ts';
import { unitVector } from './unit-vector.ts';
import { requestWithoutAnswer, type ModelAnswer, type WireApi, type WireCall } from './wire-api.ts';

const DEFAULT_DIMENSIONS = 1536;

const bodySchema = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string()).min(1).max(2048)]),
  dimensions: z.int().positive().max(3072).optional(),
  encoding_format: z.enum(['float', 'base64']).optional(),
});

/** `POST /v1/embeddings`: only prompt tokens are billed, and the answer has no id. */
export const openAiEmbeddings: WireApi = {
  path: '/v1/embeddings',
  api: 'embeddings',
  provider: 'openai',
  read: readEmbeddings,
  error: openAiError,
};

function readEmbeddings(input: unknown): WireCall {
  const body = bodySchema.parse(input);
  const texts = typeof body.input === 'string' ? [body.input] : body.input;
  return {
    request: requestWithoutAnswer(body.model, texts),
    usageReported: true,
    responseId: () => null,
    body: (answer) => embeddings(answer, texts, body.dimensions, body.encoding_format === 'base64'),
    events: () => [],
  };
}

function embeddings(
  answer: ModelAnswer,
  texts: readonly string[],
  dimensions: number = DEFAULT_DIMENSIONS,
  asBase64: boolean,
): Omit<OpenAI.CreateEmbeddingResponse, 'data'> & { readonly data: object[] } {
  const promptTokens = answer.usage.input ?? 0;
  return {
    object: 'list',
    data: texts.map((text, index) => {
      const vector = unitVector(text, dimensions);
      return {
        object: 'embedding',
        index,
        embedding: asBase64 ? Buffer.from(vector.buffer).toString('base64') : [...vector],
      };
    }),
    model: answer.model,
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
  };
}
