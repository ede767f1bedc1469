import { disjointUsage, fieldsOf, geminiCounts, geminiServiceTier, type JsonFields } from '@costspan/semconv';
import type {
  AnswerReader,
  WireAnswer,
  WireFormat,
  WireRequest,
  WireResponseHead,
  WireRoute,
} from '../wire-format.ts';
import { FinishReasons } from './finish-reasons.ts';
import { proxiedCall } from './proxied-call.ts';
import { shortText } from './short-text.ts';

/** An answer has up to eight candidates. */
const CANDIDATES_MAX = 32;

/**
 * Gemini's `generateContent` and `streamGenerateContent`, the latter as events or as one array of answers.
 *
 * @see https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse, `GenerateContentResponse` of
 * `@google/genai` 3.1
 */
export const geminiGenerateContent: WireFormat = {
  name: 'gemini-generate-content',
  operation: 'generate_content',
  defaultProvider: 'gcp.gemini',
  routes: [route('generateContent'), route('streamGenerateContent')],
  answerFields: [
    'usageMetadata',
    'modelVersion',
    'responseId',
    'candidates.*.finishReason',
    'candidates.*.groundingMetadata.webSearchQueries',
    'promptFeedback.blockReason',
    'error.status',
  ],
  eventKeys: ['usageMetadata', 'finishReason', 'groundingMetadata', 'error'],
  requestFields: [],
  newReader: (request) => new GeminiAnswer(request),
};

function route(ending: string): WireRoute {
  return { method: 'POST', ending, path: new RegExp(`/(?:models|tunedModels)/(?<model>[^/:]+):${ending}$`) };
}

/**
 * Every event of a stream states the usage so far, of which the last counts. Until an event has a reason to finish, what
 * was thought and said is not all there, so that the output is left out. A count of none is not written: a prompt
 * that was blocked, with 12 tokens and no candidates, is 12 in and 0 out.
 */
class GeminiAnswer implements AnswerReader {
  readonly #request: WireRequest;
  readonly #finishReasons = new FinishReasons();
  /** By candidate. A later event repeats the searches of an earlier one. */
  readonly #webSearches: number[] = [];
  #proxied: Partial<WireAnswer> = {};
  #isRecognised = false;
  #usageMetadata: JsonFields | undefined;
  #headTier: string | undefined;
  #model: string | undefined;
  #id: string | undefined;
  #errorType: string | undefined;

  constructor(request: WireRequest) {
    this.#request = request;
  }

  readHead(head: WireResponseHead): void {
    this.#proxied = proxiedCall(head, this.#request);
    this.#headTier = shortText(head.header('x-gemini-service-tier'));
  }

  read(document: JsonFields): void {
    const usageMetadata = fieldsOf(document['usageMetadata']);
    if (usageMetadata !== undefined) {
      this.#isRecognised = true;
      this.#usageMetadata = { ...this.#usageMetadata, ...usageMetadata };
    }
    this.#model = shortText(document['modelVersion']) ?? this.#model;
    this.#id = shortText(document['responseId']) ?? this.#id;
    this.#readCandidates(document['candidates']);
    this.#finishReasons.add(fieldsOf(document['promptFeedback'])?.['blockReason']);
    const error = fieldsOf(document['error']);
    if (error !== undefined) this.#errorType = shortText(error['status']) ?? '_OTHER';
    this.#isRecognised ||= this.#finishReasons.size > 0 || this.#errorType !== undefined;
  }

  answer(): WireAnswer {
    const isEnded = this.#finishReasons.size > 0;
    const usage = this.#usage(isEnded);
    return {
      ...this.#proxied,
      isRecognised: this.#isRecognised,
      usage,
      isUsageFinal: isEnded && usage !== undefined,
      responseModel: this.#model,
      responseId: this.#id,
      serviceTier: geminiServiceTier(this.#usageMetadata) ?? this.#headTier,
      region: this.#request.pathFields['region'],
      finishReasons: this.#finishReasons.list(),
      errorType: this.#errorType,
    };
  }

  #readCandidates(candidates: unknown): void {
    if (!Array.isArray(candidates)) return;
    for (const [index, candidate] of candidates.slice(0, CANDIDATES_MAX).entries()) {
      const fields = fieldsOf(candidate);
      this.#finishReasons.add(fields?.['finishReason']);
      const queries = fieldsOf(fields?.['groundingMetadata'])?.['webSearchQueries'];
      const searches = Array.isArray(queries) ? queries.filter((query) => query !== '').length : 0;
      this.#webSearches[index] = Math.max(this.#webSearches[index] ?? 0, searches);
    }
  }

  #usage(isEnded: boolean): WireAnswer['usage'] {
    const counts = geminiCounts(this.#usageMetadata);
    if (counts === undefined) return undefined;
    const { output, reasoning, outputAudio, outputImage, ...input } = counts;
    const { usage } = disjointUsage({
      inputIncludesCache: true,
      outputIncludesReasoning: false,
      ...input,
      ...(isEnded && { output: output ?? 0, reasoning, outputAudio, outputImage }),
    });
    const webSearches = this.#webSearches.reduce((sum, searches) => sum + searches, 0);
    return webSearches === 0 ? usage : { ...usage, webSearches };
  }
}
