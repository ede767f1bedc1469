import { type TokenUsage, USAGE_BUCKET_NAMES, type UsageBucket } from '@costspan/cost-model';
import { disjointUsage, fieldsOf, type JsonFields, tokenCount } from '@costspan/semconv';
import type { AnswerReader, WireAnswer, WireFormat } from '../wire-format.ts';
import { FinishReasons } from './finish-reasons.ts';
import { llamaDurations } from './server-durations.ts';
import { llamaPhases } from './server-phases.ts';
import { shortText } from './short-text.ts';

/** Prompts of one request. */
const PROMPTS_MAX = 256;

/**
 * The own API of llama.cpp's server: completion and infill, whole or as a stream. Its `/embedding` answers with vectors
 * alone, and states nothing.
 *
 * @see https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md, `to_json_non_oaicompat` in
 * `tools/server/server-task.cpp`
 */
export const llamaCppCompletion: WireFormat = {
  name: 'llama-cpp-completion',
  operation: 'text_completion',
  defaultProvider: 'llama_cpp',
  routes: [
    { method: 'POST', ending: 'completion', path: /\/completion$/, isCommon: true },
    { method: 'POST', ending: 'infill', path: /\/infill$/, isCommon: true },
  ],
  answerFields: [
    'index',
    'stop',
    'model',
    'stop_type',
    'tokens_predicted',
    'tokens_evaluated',
    'timings',
    'error.type',
  ],
  eventKeys: ['stop_type', 'timings', 'error'],
  requestFields: ['model', 'stream'],
  newReader: () => new LlamaCppAnswer(),
};

/** Several prompts have an answer each, told apart by their index. */
class LlamaCppAnswer implements AnswerReader {
  readonly #finishReasons = new FinishReasons();
  readonly #ended = new Map<number, JsonFields>();
  #isRecognised = false;
  #model: string | undefined;
  #errorType: string | undefined;

  read(document: JsonFields): void {
    const error = fieldsOf(document['error']);
    if (error !== undefined) this.#errorType = shortText(error['type']) ?? '_OTHER';
    if (tokenCount(document['tokens_predicted']) === undefined) return;
    if (tokenCount(document['tokens_evaluated']) === undefined) return;
    this.#isRecognised = true;
    this.#model = shortText(document['model']) ?? this.#model;
    this.#finishReasons.add(document['stop_type']);
    const index = tokenCount(document['index']) ?? 0;
    if (document['stop'] === true && index < PROMPTS_MAX) this.#ended.set(index, document);
  }

  answer(): WireAnswer {
    const ended = [...this.#ended.values()];
    const usage = ended.length === 0 ? undefined : sumOf(ended.map(usageOf));
    // Several prompts are worked on at once.
    const timings = ended.length === 1 ? fieldsOf(ended[0]?.['timings']) : undefined;
    return {
      isRecognised: this.#isRecognised,
      usage,
      isUsageFinal: usage !== undefined,
      responseModel: this.#model,
      finishReasons: this.#finishReasons.list(),
      errorType: this.#errorType,
      phases: timings && llamaPhases(timings),
      serverTimings: timings && llamaDurations(timings),
    };
  }
}

/**
 * The prompt contains what was in the cache already: 44 evaluated, of which 40 (`cache_n`) were, are 4 and 40. Despite
 * its name `tokens_cached` is all that the cache holds in the end.
 */
function usageOf(document: JsonFields): TokenUsage {
  const { usage = {} } = disjointUsage({
    input: tokenCount(document['tokens_evaluated']),
    output: tokenCount(document['tokens_predicted']),
    cacheRead: tokenCount(fieldsOf(document['timings'])?.['cache_n']),
    inputIncludesCache: true,
    outputIncludesReasoning: true,
  });
  return usage;
}

function sumOf(usages: readonly TokenUsage[]): TokenUsage {
  const sum: { [bucket in UsageBucket]?: number } = {};
  for (const usage of usages) {
    for (const bucket of USAGE_BUCKET_NAMES) {
      const quantity = usage[bucket];
      if (quantity !== undefined) sum[bucket] = (sum[bucket] ?? 0) + quantity;
    }
  }
  return sum;
}
