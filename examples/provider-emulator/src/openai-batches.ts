import type { TokenUsage } from '@costspan/cost-model';
import type OpenAI from 'openai';
import { z } from 'zod';
import { modelSnapshot } from './model-snapshot.ts';
import { openAiError, responsesUsage } from './openai-usage.ts';
import type { SeededRandom } from './seeded-random.ts';
import { requestWithoutAnswer, type ModelAnswer, type WireApi, type WireCall } from './wire-api.ts';

/** The model is in the file of requests, which is not kept here; `metadata.model` names another one. */
const MODEL = 'gpt-5-mini';
const REQUESTS = { min: 2, max: 40 };

const bodySchema = z.looseObject({
  input_file_id: z.string(),
  endpoint: z.string(),
  completion_window: z.literal('24h'),
  metadata: z.record(z.string(), z.string()).nullish(),
});
type Body = z.infer<typeof bodySchema>;

/** `POST /v1/batches`, then `GET /v1/batches/{id}`: usage of all its requests once the batch is completed. */
export const openAiBatches: WireApi = {
  path: '/v1/batches',
  api: 'batches',
  provider: 'openai',
  read: readBatch,
  error: openAiError,
};

function readBatch(input: unknown): WireCall {
  const body = bodySchema.parse(input);
  return {
    request: {
      ...requestWithoutAnswer(body.metadata?.['model'] ?? MODEL, ''),
      serviceTier: 'batch',
      drawUsage: drawBatchUsage,
    },
    usageReported: true,
    responseId: batchId,
    body: (answer) => batch(answer, body, 'completed'),
    background: {
      id: batchId,
      pendingBody: (answer, questions) => batch(answer, body, questions === 0 ? 'validating' : 'in_progress'),
    },
    events: () => [],
  };
}

function drawBatchUsage(random: SeededRandom): TokenUsage {
  const requests = random.integer(REQUESTS.min, REQUESTS.max);
  return {
    input: requests * random.integer(100, 2000),
    cacheRead: requests * 128,
    output: requests * random.integer(20, 500),
    reasoning: requests * random.integer(1, 300),
  };
}

function batchId({ id }: ModelAnswer): string {
  return `batch_${id}`;
}

function batch(answer: ModelAnswer, body: Body, status: OpenAI.Batch['status']): OpenAI.Batch {
  const isCompleted = status === 'completed';
  const usage = responsesUsage(isCompleted ? answer.usage : {});
  return {
    id: batchId(answer),
    object: 'batch',
    endpoint: body.endpoint,
    model: modelSnapshot(answer.model),
    input_file_id: body.input_file_id,
    completion_window: body.completion_window,
    status,
    created_at: answer.createdUnixSeconds,
    ...(isCompleted && { completed_at: answer.createdUnixSeconds + 60, output_file_id: `file-${answer.id}` }),
    metadata: body.metadata ?? null,
    // Until the batch is completed, the counts are there and are zero.
    usage: {
      ...usage,
      input_tokens_details: { cached_tokens: usage.input_tokens_details.cached_tokens },
    },
  };
}
