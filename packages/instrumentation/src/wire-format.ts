import type {
  CallConditions,
  CallOperation,
  CallPhases,
  ReportedCost,
  TokenUsage,
  UsageBound,
} from '@costspan/cost-model';
import type { JsonFields } from '@costspan/semconv';

/** What is known of a request before its answer: from the address, and from its body where that can be seen. */
export interface WireRequest {
  /** OpenTelemetry's name for the provider, by the host, the configuration, or else the format. */
  readonly provider: string;
  /** True when {@link provider} is the format's only: many APIs are like OpenAI's. */
  readonly isProviderGuessed?: boolean;
  readonly serverAddress: string;
  readonly serverPort: number | undefined;
  /** Values of the route's named groups: `model`, `region`. Decoded. */
  readonly pathFields: Readonly<Record<string, string | undefined>>;
  /** The fields of the body that {@link WireFormat.requestFields} names; empty where the body cannot be seen. */
  bodyFields: JsonFields;
}

/** The answer's head, as far as it may be read. */
export interface WireResponseHead {
  readonly statusCode: number;
  /** A header by its lower-case name. */
  header(name: string): string | undefined;
}

/** What the provider has stated of a call so far. Texts are short names; nothing of a prompt or an answer. */
export interface WireAnswer {
  /** False until something in the answer shows that it is of this format. */
  readonly isRecognised: boolean;
  /** Disjoint buckets; `undefined` until usage was stated. */
  readonly usage: TokenUsage | undefined;
  /** True when {@link usage} is final. Anthropic's `message_start` states an output that is a placeholder. */
  readonly isUsageFinal: boolean;
  readonly usageIncomplete?: UsageBound | undefined;
  readonly responseModel?: string | undefined;
  /** Of an answer whose request the body does not tell, such as an audio file's. */
  readonly requestModel?: string | undefined;
  readonly responseId?: string | undefined;
  readonly serviceTier?: string | undefined;
  /** Where the call was processed, in the provider's words. */
  readonly region?: string | undefined;
  readonly conditions?: CallConditions | undefined;
  readonly reportedCost?: ReportedCost | undefined;
  /** A provider that the answer gives away, such as a model server's own timings. */
  readonly provider?: string | undefined;
  readonly finishReasons?: readonly string[] | undefined;
  /** The class of an error that came in an answer with status 200, as streams have it. */
  readonly errorType?: string | undefined;
  /** True when the call goes on after this answer (a response in the background, a batch): it is billed later. */
  readonly isPending?: boolean | undefined;
  /** True when a proxy answered from its cache: the usage is that of an earlier call, and nothing was billed again. */
  readonly answeredFromCache?: boolean | undefined;
  /** Where a model server says that the time went; of a provider's hardware it is left out of the report. */
  readonly phases?: CallPhases | undefined;
  /** Durations that the server measured, in seconds, by attribute name (`gen_ai.server.…`). */
  readonly serverTimings?: Readonly<Record<string, number>> | undefined;
}

/** Reads one answer, document by document. */
export interface AnswerReader {
  /** Before the first document, with the answer's headers. */
  readHead?(head: WireResponseHead): void;
  /**
   * One JSON document of the answer (the whole body, an event of a stream, a line), cut down to
   * {@link WireFormat.answerFields}.
   *
   * @param eventName the event's name where the framing has one (`:event-type` of AWS, `event:` of SSE).
   */
  read(document: JsonFields, eventName: string | undefined): void;
  /** What was stated so far; asked after every document and at the end. */
  answer(): WireAnswer;
}

/** An address at which a model is called. */
export interface WireRoute {
  readonly method: 'POST' | 'GET';
  /** The last segment of the path, or what follows a colon in it, or the segment before: `completions`. */
  readonly ending: string;
  /** Matches the path without its query; its groups become {@link WireRequest.pathFields}. Anchored at the end. */
  readonly path: RegExp;
  /** True when other services have such a path: then the host must be known, or the answer recognised. */
  readonly isCommon?: boolean;
}

/** How one API of a provider states what a call used. One file each under `formats/`. */
export interface WireFormat {
  readonly name: string;
  readonly operation: CallOperation;
  /** The value of `gen_ai.operation.name`, where it is not {@link operation}. */
  readonly operationName?: string;
  /** The provider, where neither the host nor the configuration tells. */
  readonly defaultProvider: string;
  readonly routes: readonly WireRoute[];
  /**
   * Exact paths of the fields that are read of each document; everything else is skipped unread. `*` stands for every
   * element of an array. A path that ends at an object or an array takes all of it, up to 16 KiB.
   */
  readonly answerFields: readonly string[];
  /**
   * Keys of which an event of a stream holds one when it is worth reading (`usage`, `finish_reason`). The first event
   * is always read.
   */
  readonly eventKeys: readonly string[];
  /** True when a stream states its usage only if the request asked for it. */
  readonly isStreamUsageOptional?: boolean;
  /**
   * Exact paths of the fields that are read of the request's body. One that ends in `length` is of a text at the top of
   * which only the size is wanted, in characters: `input.length` of `{ "input": "Hello" }` gives
   * `{ input: { length: 5 } }`.
   */
  readonly requestFields: readonly string[];
  newReader(request: WireRequest): AnswerReader;
}
