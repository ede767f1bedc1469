import { disjointUsage, fieldsOf, geminiCounts, type JsonFields } from '@costspan/semconv';
import type { AnswerReader, WireAnswer, WireFormat } from '../wire-format.ts';

/**
 * Gemini's `embedContent` and `batchEmbedContents`, with the usage of all texts together, on Vertex AI too.
 *
 * @see https://ai.google.dev/api/embeddings, `EmbedContentResponse` of `@google/genai` 3.1
 */
export const geminiEmbedContent: WireFormat = {
  name: 'gemini-embed-content',
  operation: 'embeddings',
  defaultProvider: 'gcp.gemini',
  routes: [
    { method: 'POST', ending: 'embedContent', path: /\/models\/(?<model>[^/:]+):embedContent$/ },
    { method: 'POST', ending: 'batchEmbedContents', path: /\/models\/(?<model>[^/:]+):batchEmbedContents$/ },
  ],
  answerFields: ['usageMetadata'],
  eventKeys: [],
  requestFields: [],
  newReader: ({ pathFields }) => new GeminiEmbeddings(pathFields['region']),
};

/** `embedContent` on Vertex AI, which has the region in its path. */
export const geminiVertexEmbedContent: WireFormat = {
  ...geminiEmbedContent,
  name: 'gemini-vertex-embed-content',
  defaultProvider: 'gcp.vertex_ai',
  routes: [
    {
      method: 'POST',
      ending: 'embedContent',
      path: /(?:\/locations\/(?<region>[^/]+))?\/publishers\/[^/]+\/models\/(?<model>[^/:]+):embedContent$/,
    },
  ],
};

class GeminiEmbeddings implements AnswerReader {
  readonly #region: string | undefined;
  #usage: WireAnswer['usage'];

  constructor(region: string | undefined) {
    this.#region = region;
  }

  read(document: JsonFields): void {
    const counts = geminiCounts(fieldsOf(document['usageMetadata']));
    if (counts === undefined) return;
    this.#usage = disjointUsage({
      inputIncludesCache: true,
      outputIncludesReasoning: false,
      ...counts,
    }).usage;
  }

  answer(): WireAnswer {
    const usage = this.#usage;
    return {
      isRecognised: usage !== undefined,
      usage,
      isUsageFinal: usage !== undefined,
      region: this.#region,
    };
  }
}
