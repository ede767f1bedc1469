import type { TokenUsage } from '@costspan/cost-model';
import { fieldsOf, type JsonFields, tokenCount } from '@costspan/semconv';
import type { AnswerReader, WireAnswer, WireFormat, WireRequest } from '../wire-format.ts';

/** Texts of one request, of which Vertex AI takes 250, and images, of which it makes eight. */
const PREDICTIONS_MAX = 1000;

const EMBEDDING_PATH =
  /(?:\/locations\/(?<region>[^/]+))?\/publishers\/google\/models\/(?<model>[^/:]*(?:embedding|gecko)[^/:]*):predict$/;
const IMAGE_PATH =
  /(?:\/locations\/(?<region>[^/]+)\/publishers\/google)?\/models\/(?<model>image[^/:]*):predict$/;

/** These are billed by the token; the models before them by the character. */
const BILLED_BY_TOKEN = /^gemini-embedding/;

/**
 * Embeddings of texts by `predict` on Vertex AI.
 *
 * @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
 */
export const geminiPredictEmbeddings: WireFormat = {
  name: 'gemini-predict-embeddings',
  operation: 'embeddings',
  defaultProvider: 'gcp.vertex_ai',
  routes: [{ method: 'POST', ending: 'predict', path: EMBEDDING_PATH }],
  answerFields: ['predictions.*.embeddings.statistics.token_count', 'metadata.billableCharacterCount'],
  eventKeys: [],
  requestFields: [],
  newReader: (request) => new PredictedEmbeddings(request),
};

/**
 * Images by Imagen, each of which is billed; one that was filtered out has no type of its own.
 *
 * @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api
 */
export const geminiPredictImages: WireFormat = {
  name: 'gemini-predict-images',
  operation: 'image_generation',
  defaultProvider: 'gcp.vertex_ai',
  routes: [{ method: 'POST', ending: 'predict', path: IMAGE_PATH }],
  answerFields: ['predictions.*.mimeType'],
  eventKeys: [],
  requestFields: [],
  newReader: ({ pathFields }) => new PredictedImages(pathFields['region']),
};

class PredictedEmbeddings implements AnswerReader {
  readonly #request: WireRequest;
  #usage: TokenUsage | undefined;

  constructor(request: WireRequest) {
    this.#request = request;
  }

  read(document: JsonFields): void {
    const characters = tokenCount(fieldsOf(document['metadata'])?.['billableCharacterCount']);
    const input = tokenSum(predictionsOf(document));
    const byToken = BILLED_BY_TOKEN.test(this.#request.pathFields['model'] ?? '');
    if (characters !== undefined && !byToken) this.#usage = { characters };
    else if (input !== undefined) this.#usage = { input };
  }

  answer(): WireAnswer {
    return answerOf(this.#usage, this.#request.pathFields['region']);
  }
}

class PredictedImages implements AnswerReader {
  readonly #region: string | undefined;
  #images = 0;

  constructor(region: string | undefined) {
    this.#region = region;
  }

  read(document: JsonFields): void {
    for (const { mimeType } of predictionsOf(document)) {
      if (typeof mimeType === 'string' && mimeType.startsWith('image/')) this.#images++;
    }
  }

  answer(): WireAnswer {
    return answerOf(this.#images === 0 ? undefined : { images: this.#images }, this.#region);
  }
}

function predictionsOf(document: JsonFields): JsonFields[] {
  const predictions = document['predictions'];
  if (!Array.isArray(predictions)) return [];
  return predictions
    .slice(0, PREDICTIONS_MAX)
    .map(fieldsOf)
    .filter((fields) => fields !== undefined);
}

function tokenSum(predictions: readonly JsonFields[]): number | undefined {
  let sum: number | undefined;
  for (const { embeddings } of predictions) {
    const tokens = tokenCount(fieldsOf(fieldsOf(embeddings)?.['statistics'])?.['token_count']);
    if (tokens !== undefined) sum = (sum ?? 0) + tokens;
  }
  return sum;
}

function answerOf(usage: TokenUsage | undefined, region: string | undefined): WireAnswer {
  return { isRecognised: usage !== undefined, usage, isUsageFinal: usage !== undefined, region };
}
