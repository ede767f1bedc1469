import { disjointUsage, fieldsOf, type JsonFields, type ReportedCounts, tokenCount } from '@costspan/semconv';
import type { AnswerReader, WireAnswer, WireFormat } from '../wire-format.ts';
import { FinishReasons } from './finish-reasons.ts';
import { shortText } from './short-text.ts';

/** Modalities and tools are a handful. */
const DETAILS_MAX = 32;

/** An interaction that is in one of these goes on after the answer. */
const PENDING: ReadonlySet<unknown> = new Set(['in_progress', 'queued']);

/**
 * Gemini's Interactions API, for models and agents, whole or as a stream of events. An agent stands for its model.
 *
 * @see https://ai.google.dev/gemini-api/docs/interactions, `Interaction`, `Usage` and `InteractionSSEEvent` of
 * `@google/genai` 3.1
 */
export const geminiInteractions: WireFormat = {
  name: 'gemini-interactions',
  operation: 'generate_content',
  defaultProvider: 'gcp.gemini',
  routes: [
    {
      method: 'POST',
      ending: 'interactions',
      path: /\/v\d+\w*(?:\/projects\/[^/]+\/locations\/(?<region>[^/]+))?\/interactions$/,
      isCommon: true,
    },
  ],
  answerFields: [
    ...['id', 'object', 'model', 'agent', 'status', 'service_tier', 'usage'].flatMap((field) => [
      field,
      `interaction.${field}`,
    ]),
    'event_type',
    'error.code',
  ],
  eventKeys: ['usage', 'status', 'error'],
  requestFields: ['model', 'agent', 'stream', 'background'],
  newReader: ({ pathFields }) => new InteractionAnswer(pathFields['region']),
};

class InteractionAnswer implements AnswerReader {
  readonly #region: string | undefined;
  #isRecognised = false;
  #isStreamed = false;
  #usage: JsonFields | undefined;
  #status: unknown;
  #model: string | undefined;
  #agent: string | undefined;
  #id: string | undefined;
  #serviceTier: string | undefined;
  #errorType: string | undefined;

  constructor(region: string | undefined) {
    this.#region = region;
  }

  read(document: JsonFields): void {
    const eventType = shortText(document['event_type']);
    if (eventType !== undefined) {
      this.#isStreamed = true;
      this.#isRecognised ||= eventType.startsWith('interaction.');
      this.#readInteraction(fieldsOf(document['interaction']));
      this.#readState(document);
    } else {
      this.#isRecognised ||=
        document['object'] === 'interaction' || fieldsOf(document['usage']) !== undefined;
      this.#readInteraction(document);
    }
    const error = fieldsOf(document['error']);
    if (error !== undefined) this.#errorType = shortText(error['code']) ?? '_OTHER';
  }

  answer(): WireAnswer {
    const isPending = PENDING.has(this.#status);
    const isEnded = this.#status !== undefined && !isPending;
    const usage = this.#usage === undefined ? undefined : usageOf(this.#usage, isEnded);
    const finishReasons = new FinishReasons();
    if (!isPending) finishReasons.add(this.#status);
    return {
      isRecognised: this.#isRecognised,
      usage,
      isUsageFinal: isEnded && usage !== undefined,
      requestModel: this.#agent,
      responseModel: this.#model ?? this.#agent,
      responseId: this.#id,
      serviceTier: this.#serviceTier,
      region: this.#region,
      finishReasons: finishReasons.list(),
      errorType: this.#errorType ?? (this.#status === 'failed' ? 'failed' : undefined),
      // A stream that breaks off is not an answer of an interaction that was to go on.
      isPending: isPending && !this.#isStreamed,
    };
  }

  #readInteraction(interaction: JsonFields | undefined): void {
    if (interaction === undefined) return;
    this.#id = shortText(interaction['id']) ?? this.#id;
    this.#model = shortText(interaction['model']) ?? this.#model;
    this.#agent = shortText(interaction['agent']) ?? this.#agent;
    this.#serviceTier = shortText(interaction['service_tier']) ?? this.#serviceTier;
    this.#readState(interaction);
  }

  #readState(fields: JsonFields): void {
    this.#status = shortText(fields['status']) ?? this.#status;
    this.#usage = fieldsOf(fields['usage']) ?? this.#usage;
  }
}

/**
 * As in `generateContent` the cached tokens are part of the input, and what tools put into the prompt and what was
 * thought stand beside: input 193279, tools 53036, output 8664 and thoughts 16891 are the total of 271870. Of an
 * interaction that is not over the output is not all there, and left out.
 */
function usageOf(stated: JsonFields, isEnded: boolean): WireAnswer['usage'] {
  const input = tokenCount(stated['total_input_tokens']);
  if (input === undefined) return undefined;
  const { usage } = disjointUsage({
    input: input + (tokenCount(stated['total_tool_use_tokens']) ?? 0),
    cacheRead: tokenCount(stated['total_cached_tokens']),
    inputAudio: modality(stated['input_tokens_by_modality'], 'audio'),
    inputImage: modality(stated['input_tokens_by_modality'], 'image'),
    inputVideo: modality(stated['input_tokens_by_modality'], 'video'),
    cacheReadAudio: modality(stated['cached_tokens_by_modality'], 'audio'),
    cacheReadImage: modality(stated['cached_tokens_by_modality'], 'image'),
    ...(isEnded && outputOf(stated)),
    inputIncludesCache: true,
    outputIncludesReasoning: false,
  });
  const webSearches = sumWhere(stated['grounding_tool_count'], 'type', 'google_search', 'count') ?? 0;
  return webSearches === 0 ? usage : { ...usage, webSearches };
}

function outputOf(stated: JsonFields): Partial<ReportedCounts> {
  return {
    output: tokenCount(stated['total_output_tokens']) ?? 0,
    reasoning: tokenCount(stated['total_thought_tokens']),
    outputAudio: modality(stated['output_tokens_by_modality'], 'audio'),
    outputImage: modality(stated['output_tokens_by_modality'], 'image'),
    outputVideo: modality(stated['output_tokens_by_modality'], 'video'),
  };
}

function modality(details: unknown, name: string): number | undefined {
  return sumWhere(details, 'modality', name, 'tokens');
}

function sumWhere(details: unknown, key: string, name: string, countKey: string): number | undefined {
  if (!Array.isArray(details)) return undefined;
  let sum: number | undefined;
  for (const detail of details.slice(0, DETAILS_MAX)) {
    const fields = fieldsOf(detail);
    const value = fields?.[key];
    const isNamed = typeof value === 'string' && value.toLowerCase() === name;
    const tokens = isNamed ? tokenCount(fields?.[countKey]) : undefined;
    if (tokens !== undefined) sum = (sum ?? 0) + tokens;
  }
  return sum;
}
