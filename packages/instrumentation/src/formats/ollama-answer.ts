import { disjointUsage, fieldsOf, type JsonFields, tokenCount } from '@costspan/semconv';
import type { AnswerReader, WireAnswer } from '../wire-format.ts';
import { FinishReasons } from './finish-reasons.ts';
import { serverDurations } from './server-durations.ts';
import { ollamaPhases } from './server-phases.ts';
import { shortText } from './short-text.ts';

/** What is read of an answer, or of each of a stream's lines. */
export const OLLAMA_ANSWER_FIELDS: readonly string[] = [
  'model',
  'created_at',
  'done',
  'done_reason',
  'total_duration',
  'load_duration',
  'prompt_eval_count',
  'prompt_eval_duration',
  'eval_count',
  'eval_duration',
  'remote_host',
  'error',
];

const NANOS_PER_SECOND = 1e9;

/**
 * Reads what Ollama answers; the last line of a stream has the counts. A prompt that was in the cache already is not
 * counted by every version: the input is then unknown.
 *
 * @see https://docs.ollama.com/api/usage, `ChatResponse` and `GenerateResponse` of `ollama` 0.6
 */
export class OllamaAnswer implements AnswerReader {
  readonly #finishReasons = new FinishReasons();
  #isRecognised = false;
  #last: JsonFields = {};
  #isDone = false;
  #model: string | undefined;
  #errorType: string | undefined;

  read(document: JsonFields): void {
    const isEmbedding =
      tokenCount(document['total_duration']) !== undefined && document['done'] === undefined;
    const isAnswer = typeof document['done'] === 'boolean' && typeof document['created_at'] === 'string';
    this.#isRecognised ||= isEmbedding || isAnswer;
    this.#model = shortText(document['model']) ?? this.#model;
    this.#finishReasons.add(document['done_reason']);
    if (typeof document['error'] === 'string' || fieldsOf(document['error']) !== undefined)
      this.#errorType = '_OTHER';
    if (!isEmbedding && document['done'] !== true) return;
    this.#isDone = true;
    this.#last = document;
  }

  answer(): WireAnswer {
    const { usage } = disjointUsage({
      input: tokenCount(this.#last['prompt_eval_count']),
      output: tokenCount(this.#last['eval_count']),
      inputIncludesCache: true,
      outputIncludesReasoning: true,
    });
    return {
      isRecognised: this.#isRecognised,
      usage,
      isUsageFinal: this.#isDone && usage !== undefined,
      responseModel: this.#model,
      finishReasons: this.#finishReasons.list(),
      errorType: this.#errorType,
      phases: ollamaPhases(this.#last),
      serverTimings: durationsOf(this.#last),
    };
  }
}

/** A prompt waits for the model to be loaded. What was asked of a prompt in the cache took no time of its own. */
function durationsOf(fields: JsonFields): WireAnswer['serverTimings'] {
  const seconds = (key: string): number => (tokenCount(fields[key]) ?? 0) / NANOS_PER_SECOND;
  if (tokenCount(fields['total_duration']) === undefined) return undefined;
  const output = tokenCount(fields['eval_count']);
  const times = {
    queue_time: seconds('load_duration'),
    prompt_time: seconds('prompt_eval_duration'),
    completion_time: seconds('eval_duration'),
  };
  return {
    ...(output !== undefined ? serverDurations(times, output) : undefined),
    'gen_ai.server.request.duration': seconds('total_duration'),
  };
}
