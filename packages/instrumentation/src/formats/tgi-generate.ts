import type { CallPhases } from '@costspan/cost-model';
import { disjointUsage, fieldsOf, type JsonFields, type ReportedCounts, tokenCount } from '@costspan/semconv';
import type { AnswerReader, WireAnswer, WireFormat, WireResponseHead, WireRoute } from '../wire-format.ts';
import { FinishReasons } from './finish-reasons.ts';
import { sglangPhases, tgiPhases } from './server-phases.ts';
import { shortText } from './short-text.ts';

const DIGITS = /^\d{1,15}$/;

const MILLIS_PER_SECOND = 1000;

/** Milliseconds in headers, and the attributes that they become. */
const TIMINGS: readonly (readonly [header: string, attribute: string])[] = [
  ['x-total-time', 'gen_ai.server.request.duration'],
  ['x-time-per-token', 'gen_ai.server.time_per_output_token'],
];

/**
 * The own API of Hugging Face's Text Generation Inference. Whole answers have their counts in headers, streams in the
 * details of their last event. SGLang has the same address and answers with `meta_info`.
 *
 * @see https://huggingface.github.io/text-generation-inference/, `generate` and `generate_stream` in
 * `router/src/server.rs`; https://docs.sglang.ai/basic_usage/native_api.html
 */
export const tgiGenerate: WireFormat = {
  name: 'tgi-generate',
  operation: 'text_completion',
  defaultProvider: 'tgi',
  routes: [route('generate'), route('generate_stream')],
  answerFields: [
    'token.special',
    'details.finish_reason',
    'details.generated_tokens',
    'details.input_length',
    'meta_info.id',
    'meta_info.finish_reason.type',
    'meta_info.prompt_tokens',
    'meta_info.completion_tokens',
    'meta_info.cached_tokens',
    'meta_info.e2e_latency',
    'meta_info.inference_time',
    'meta_info.queue_time',
    'error_type',
  ],
  eventKeys: ['generated_tokens', 'error_type', 'meta_info'],
  requestFields: ['stream'],
  newReader: () => new TgiAnswer(),
};

function route(ending: string): WireRoute {
  return { method: 'POST', ending, path: new RegExp(`/${ending}$`), isCommon: true };
}

class TgiAnswer implements AnswerReader {
  readonly #finishReasons = new FinishReasons();
  #head: Partial<ReportedCounts> = {};
  #timings: Record<string, number> | undefined;
  #phases: CallPhases | undefined;
  #isStream = false;
  #details: JsonFields | undefined;
  #metaInfo: JsonFields | undefined;
  #errorType: string | undefined;

  readHead(head: WireResponseHead): void {
    const read = (name: string): number | undefined => {
      const value = head.header(name);
      return value !== undefined && DIGITS.test(value) ? Number(value) : undefined;
    };
    this.#phases = tgiPhases(head);
    this.#head = { input: read('x-prompt-tokens'), output: read('x-generated-tokens') };
    for (const [header, attribute] of TIMINGS) {
      const millis = read(header);
      if (millis !== undefined) this.#timings = { ...this.#timings, [attribute]: millis / MILLIS_PER_SECOND };
    }
  }

  read(document: JsonFields): void {
    this.#isStream ||= typeof fieldsOf(document['token'])?.['special'] === 'boolean';
    this.#details = fieldsOf(document['details']) ?? this.#details;
    this.#metaInfo = fieldsOf(document['meta_info']) ?? this.#metaInfo;
    this.#finishReasons.add(fieldsOf(document['details'])?.['finish_reason']);
    this.#finishReasons.add(fieldsOf(fieldsOf(document['meta_info'])?.['finish_reason'])?.['type']);
    this.#errorType = shortText(document['error_type']) ?? this.#errorType;
    const seconds = this.#metaInfo?.['e2e_latency'];
    if (typeof seconds === 'number' && seconds >= 0)
      this.#timings = { 'gen_ai.server.request.duration': seconds };
  }

  answer(): WireAnswer {
    const counts = this.#metaInfo === undefined ? this.#ownCounts() : this.#sglangCounts(this.#metaInfo);
    const { usage } = disjointUsage({ ...counts, inputIncludesCache: true, outputIncludesReasoning: true });
    return {
      isRecognised: this.#isStream || usage !== undefined,
      usage,
      isUsageFinal: usage?.output !== undefined,
      responseId: shortText(this.#metaInfo?.['id']),
      provider: this.#metaInfo === undefined ? undefined : 'sglang',
      finishReasons: this.#finishReasons.list(),
      errorType: this.#errorType,
      phases: this.#metaInfo === undefined ? this.#phases : sglangPhases(this.#metaInfo),
      serverTimings: this.#timings,
    };
  }

  #ownCounts(): Partial<ReportedCounts> {
    return {
      input: tokenCount(this.#details?.['input_length']) ?? this.#head.input,
      output: tokenCount(this.#details?.['generated_tokens']) ?? this.#head.output,
    };
  }

  /** Every event of a stream has the counts so far; the one with a reason to finish has all of the output. */
  #sglangCounts(metaInfo: JsonFields): Partial<ReportedCounts> {
    return {
      input: tokenCount(metaInfo['prompt_tokens']),
      output: this.#finishReasons.size === 0 ? undefined : tokenCount(metaInfo['completion_tokens']),
      cacheRead: tokenCount(metaInfo['cached_tokens']),
    };
  }
}
