import { z } from 'zod';
import { cohereError } from './cohere-usage.ts';
import { seededRandom } from './seeded-random.ts';
import { requestWithoutAnswer, type WireApi, type WireCall } from './wire-api.ts';

const bodySchema = z.looseObject({
  model: z.string(),
  query: z.string(),
  documents: z.array(z.string()).min(1).max(1000),
  top_n: z.int().positive().optional(),
});

/** `POST /v2/rerank`: billed by searches, not by tokens. */
export const cohereRerank: WireApi = {
  path: '/v2/rerank',
  api: 'rerank',
  provider: 'cohere',
  read: readRerank,
  error: cohereError,
};

/** `POST /v1/rerank`: what the `CohereClient` class still uses. */
export const cohereRerankV1: WireApi = { ...cohereRerank, path: '/v1/rerank' };

function readRerank(input: unknown): WireCall {
  const body = bodySchema.parse(input);
  return {
    request: {
      ...requestWithoutAnswer(body.model, [body.query, body.documents]),
      rerankedDocuments: body.documents.length,
    },
    usageReported: true,
    responseId: ({ id }) => id,
    body: ({ id, usage }) => ({
      id,
      results: body.documents
        .map((document, index) => ({ index, relevance_score: seededRandom(body.query + document).next() }))
        .toSorted((left, right) => right.relevance_score - left.relevance_score)
        .slice(0, body.top_n),
      meta: { api_version: { version: '2' }, billed_units: { search_units: usage.rerankSearches } },
    }),
    events: () => [],
  };
}
