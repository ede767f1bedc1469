import type { OutgoingHttpHeaders } from 'node:http';
import type { TokenUsage } from '@costspan/cost-model';
import type { ProviderApi, ProviderName } from './ledger.ts';
import type { SeededRandom } from './seeded-random.ts';

/** A function that the model may call, with the JSON Schema of its arguments. */
interface ToolDefinition {
  readonly name: string;
  readonly parameters: unknown;
}

/** Characters of the prompt up to the last cache breakpoint of each lifetime. */
export interface CachePrefix {
  readonly oneHourCharacters: number;
  readonly fiveMinuteCharacters: number;
}

/** What the emulator needs to know of a request, whatever API it came by. */
export interface ModelRequest {
  readonly model: string;
  readonly streamed: boolean;
  readonly promptCharacters: number;
  readonly tools: readonly ToolDefinition[];
  /** Tool results in the conversation so far. */
  readonly toolResults: number;
  readonly outputTokensMax: number | undefined;
  /** `undefined` where the provider caches by itself. */
  readonly cachePrefix: CachePrefix | undefined;
  /** The documents that a query is compared with, when that is what is billed. */
  readonly rerankedDocuments?: number | undefined;
  /** What the call uses, where that is not a text's tokens. */
  drawUsage?(random: SeededRandom): TokenUsage;
  /** The tier that the request asks for by name. */
  readonly serviceTier?: string | undefined;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** A JSON document. */
  readonly arguments: string;
}

/** What the model says and what it used, whatever API carries it. */
export interface ModelAnswer {
  /** Unique in a run; each API puts its own prefix before it. */
  readonly id: string;
  readonly model: string;
  readonly createdUnixSeconds: number;
  /** The answer in the pieces that a stream sends. Empty when a tool is called. */
  readonly textPieces: readonly string[];
  readonly toolCall: ToolCall | undefined;
  readonly usage: TokenUsage;
  /** The tier that was asked for by name and so is billed. */
  readonly serviceTier: string | undefined;
}

/** One event of a stream. */
export interface WireEvent {
  /** The kind of event, where the API puts it beside the data. */
  readonly name?: string;
  /** Sent as JSON; a string is sent as it is. */
  readonly data: object | string;
  /** The event carries a piece of the answer. */
  readonly isPiece?: boolean;
}

/** How events are told apart in the bytes of a stream. */
export interface EventFraming {
  readonly contentType: string;
  encode(event: WireEvent): string | Uint8Array;
}

/** An answer that is no JSON document. */
export interface RawBody {
  readonly contentType: string;
  readonly bytes: string | Uint8Array;
}

/** A call that goes on after its first answer: the client asks `GET {path}/{id}` until it is finished. */
export interface BackgroundCall {
  id(answer: ModelAnswer): string;
  /** What is answered meanwhile: at first, and then to so many questions. */
  pendingBody(answer: ModelAnswer, questions: number): object;
}

/** A request body that was read, with the ways to answer it. */
export interface WireCall {
  readonly request: ModelRequest;
  /** Whether a complete answer, streamed or not, tells the client its usage. */
  readonly usageReported: boolean;
  responseId(answer: ModelAnswer): string | null;
  /** What the provider says in headers. */
  headers?(answer: ModelAnswer): OutgoingHttpHeaders;
  body(answer: ModelAnswer): object;
  /** Sent in place of {@link body}. */
  rawBody?(answer: ModelAnswer): RawBody;
  /** When there is one, the {@link body} is only sent once it is finished. */
  readonly background?: BackgroundCall | undefined;
  /** Only called for a streamed request. */
  events(answer: ModelAnswer): readonly WireEvent[];
}

/** What can be wrong with a request, in the emulator's words. */
export type WireErrorType =
  | 'invalid_request_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'overloaded_error';

/** One endpoint of a provider. */
export interface WireApi {
  /**
   * `{model}` stands for a model's name where the path, not the body, has it; any other name in braces for a segment
   * that does not matter.
   */
  readonly path: string;
  readonly api: ProviderApi;
  readonly provider: ProviderName;
  /** Server-sent events unless it says otherwise. */
  readonly framing?: EventFraming;
  /**
   * @param body a JSON document, or the fields of a form: a file among them is a `Blob`.
   * @param pathModel the model that the path names; empty where the body does.
   * @throws ZodError when the body is not what the endpoint takes.
   */
  read(body: unknown, pathModel: string): WireCall;
  error(type: WireErrorType, message: string): object;
  /** What an error says in headers. */
  errorHeaders?(type: WireErrorType): OutgoingHttpHeaders;
}

/** The length of all texts inside a JSON value: what a prompt's token count grows with. */
export function characterCount(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, part) => sum + characterCount(part), 0);
}

/** A request whose answer is vectors or ranks, which take no output tokens. */
export function requestWithoutAnswer(model: string, input: unknown): ModelRequest {
  return {
    model,
    streamed: false,
    promptCharacters: characterCount(input),
    tools: [],
    toolResults: 0,
    outputTokensMax: undefined,
    cachePrefix: undefined,
  };
}
