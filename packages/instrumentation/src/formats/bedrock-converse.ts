import { disjointUsage, fieldsOf, type JsonFields, readBedrock, tokenCount } from '@costspan/semconv';
import type { AnswerReader, WireAnswer, WireFormat, WireResponseHead, WireRoute } from '../wire-format.ts';
import { bedrockException, bedrockRegion } from './bedrock-wire.ts';
import { FinishReasons } from './finish-reasons.ts';
import { shortText } from './short-text.ts';

const EVENTS: ReadonlySet<string> = new Set([
  'messageStart',
  'contentBlockStart',
  'contentBlockDelta',
  'contentBlockStop',
  'messageStop',
  'metadata',
]);

const MILLIS_PER_SECOND = 1000;

/**
 * Amazon Bedrock's `Converse` and `ConverseStream`, for every model the same. The path has the model; the answer has none,
 * unless a router chose one.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html,
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamMetadataEvent.html
 */
export const bedrockConverse: WireFormat = {
  name: 'bedrock-converse',
  operation: 'chat',
  defaultProvider: 'aws.bedrock',
  routes: [route('converse'), route('converse-stream')],
  answerFields: [
    'usage',
    'stopReason',
    'serviceTier.type',
    'performanceConfig.latency',
    'metrics.latencyMs',
    'trace.promptRouter.invokedModelId',
  ],
  eventKeys: ['usage', 'stopReason', 'message'],
  requestFields: [],
  newReader: ({ serverAddress }) => new ConverseAnswer(bedrockRegion(serverAddress)),
};

function route(ending: string): WireRoute {
  return { method: 'POST', ending, path: new RegExp(`/model/(?<model>[^/]+)/${ending}$`), isCommon: true };
}

/** A stream's last event, `metadata`, has what stands in the body otherwise. */
class ConverseAnswer implements AnswerReader {
  readonly #region: string | undefined;
  readonly #finishReasons = new FinishReasons();
  #isRecognised = false;
  #metadata: JsonFields | undefined;
  #requestId: string | undefined;
  #errorType: string | undefined;

  constructor(region: string | undefined) {
    this.#region = region;
  }

  readHead(head: WireResponseHead): void {
    this.#requestId = shortText(head.header('x-amzn-requestid'));
    this.#isRecognised = this.#requestId !== undefined;
  }

  read(document: JsonFields, eventName: string | undefined): void {
    if (eventName !== undefined && EVENTS.has(eventName)) this.#isRecognised = true;
    const exception = bedrockException(eventName);
    if (exception !== undefined) {
      this.#isRecognised = true;
      this.#errorType = exception;
      return;
    }
    this.#finishReasons.add(document['stopReason']);
    if (tokenCount(fieldsOf(document['usage'])?.['inputTokens']) === undefined) return;
    this.#isRecognised = true;
    this.#metadata = document;
  }

  answer(): WireAnswer {
    const metadata = this.#metadata;
    const usage = metadata === undefined ? undefined : usageOf(metadata);
    const { latency } = fieldsOf(metadata?.['performanceConfig']) ?? {};
    const router = fieldsOf(fieldsOf(metadata?.['trace'])?.['promptRouter']);
    const latencyMillis = tokenCount(fieldsOf(metadata?.['metrics'])?.['latencyMs']);
    return {
      isRecognised: this.#isRecognised,
      usage,
      isUsageFinal: usage !== undefined,
      responseModel: shortText(router?.['invokedModelId']),
      responseId: this.#requestId,
      serviceTier: shortText(fieldsOf(metadata?.['serviceTier'])?.['type']),
      region: this.#region,
      conditions: latency === 'optimized' ? { latency } : undefined,
      finishReasons: this.#finishReasons.list(),
      errorType: this.#errorType,
      serverTimings:
        latencyMillis === undefined
          ? undefined
          : { 'gen_ai.server.request.duration': latencyMillis / MILLIS_PER_SECOND },
    };
  }
}

/** What is read from the cache or written to it stands beside the input. */
function usageOf(metadata: JsonFields): WireAnswer['usage'] {
  const usage = fieldsOf(metadata['usage']);
  return disjointUsage({
    ...readBedrock(metadata).counts,
    input: tokenCount(usage?.['inputTokens']),
    output: tokenCount(usage?.['outputTokens']),
    inputIncludesCache: false,
    outputIncludesReasoning: true,
  }).usage;
}
