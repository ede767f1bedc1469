import type { ReportedCounts } from './disjoint-usage.ts';
import { text } from './gen-ai-call.ts';
import { type JsonFields, parseFields } from './json-fields.ts';
import { type ProviderMetadata, readAnthropic, readBedrock } from './provider-metadata.ts';
import type { SpanView, TextEdges } from './span-view.ts';
import { tokenCount } from './token-count.ts';

/** What OpenInference keeps of a response only in the response's own text. */
export interface ResponseFacts {
  readonly responseId: string | undefined;
  readonly serviceTier: string | undefined;
  /** True when the framework guessed the usage because the provider stated none. */
  readonly isEstimated: boolean;
}

const NO_FACTS: ResponseFacts = { responseId: undefined, serviceTier: undefined, isEstimated: false };

/** Characters at either end of a response that are looked at: the fields around the content. */
const EDGE_CHARACTERS = 400;
/** Characters at the end of a response that usage is looked for in; what Anthropic states of it has about 400. */
const USAGE_CHARACTERS = 1500;
/** Usage objects that are tried, of the last ones. */
const USAGE_OBJECTS_MAX = 8;
/** A longer answer of LangChain, which has the id in its middle, is not searched for it. */
const LANGCHAIN_CHARACTERS_MAX = 32 * 1024;

/** Ids that providers give to a response; LangChain makes up others (`run-…`), and tool calls have theirs. */
const PROVIDER_RESPONSE_ID = /"id":"((?:chatcmpl|cmpl|resp|msg|gen)[-_][\w.:-]{1,120})"/;
const IDENTIFIER = /^[\w.:/-]{1,128}$/;

/**
 * Reads the id and the service tier out of a response's JSON text without parsing it. Content is never looked into,
 * and it cannot pass for a field: within a JSON string every quote is escaped.
 */
export function responseFacts(span: SpanView): ResponseFacts {
  const edges = responseEdges(span);
  if (edges === undefined) return NO_FACTS;
  const { head, tail } = edges;
  if (head.startsWith('{"generations":')) return langChainFacts(text(span, RESPONSE) ?? '');
  return {
    responseId: head.startsWith(ID) ? identifierAfter(ID, head) : undefined,
    serviceTier: identifierAfter(SERVICE_TIER, tail) ?? identifierAfter(SERVICE_TIER, head),
    isEstimated: false,
  };
}

const RESPONSE = 'output.value';
const ID = '{"id":"';
const SERVICE_TIER = '"service_tier":"';
const MODEL = '"model":"';
const USAGE = /"usage": ?\{/g;
const BEDROCK_SERVICE_TIER = '"serviceTier":{"type":"';

function langChainFacts(response: string): ResponseFacts {
  if (response.length > LANGCHAIN_CHARACTERS_MAX) return NO_FACTS;
  const isCounted = response.includes('"usage_metadata":{') || response.includes('"tokenUsage":{');
  return {
    responseId: PROVIDER_RESPONSE_ID.exec(response)?.[1],
    serviceTier: identifierAfter(SERVICE_TIER, response),
    isEstimated: !isCounted && response.includes('"estimatedTokenUsage":{'),
  };
}

/** The model that a response says answered, where it says so before its content. */
export function modelInResponse(span: SpanView): string | undefined {
  const edges = responseEdges(span);
  return edges === undefined ? undefined : identifierAfter(MODEL, edges.head);
}

/**
 * The usage that Anthropic or Bedrock ends its response with, which has the cache and its lifetimes. The arguments of a
 * tool can hold such an object too, and the trace of a guardrail another kind, so that its tokens must be those that
 * the span states.
 */
export function usageInResponse(span: SpanView, stated: StatedTokens): ProviderMetadata | undefined {
  if (stated.input === undefined || !isJson(span)) return undefined;
  const tail = span.textEdges(RESPONSE, USAGE_CHARACTERS)?.tail ?? '';
  const keys = [...tail.matchAll(USAGE)].slice(-USAGE_OBJECTS_MAX);
  for (const { index, 0: key } of keys.toReversed()) {
    const start = index + key.length - 1;
    const end = endOfObject(tail, start);
    const usage = parseFields(tail.slice(start, end), USAGE_CHARACTERS);
    if (usage === undefined) continue;
    if (isStated(stated, anthropicTokens(usage))) return readAnthropic({ usage });
    if (isStated(stated, bedrockTokens(usage))) return bedrockUsage(usage, tail.slice(end));
  }
  return undefined;
}

function bedrockUsage(usage: JsonFields, rest: string): ProviderMetadata {
  const serviceTier = identifierAfter(BEDROCK_SERVICE_TIER, rest);
  const { counts, ...more } = readBedrock({ usage, serviceTier });
  const { input, output } = bedrockTokens(usage);
  return {
    ...more,
    counts: { ...counts, input: tokenCount(input), output: tokenCount(output), inputIncludesCache: false },
  };
}

type StatedTokens = Pick<ReportedCounts, 'input' | 'output'>;

interface ResponseTokens {
  readonly input: unknown;
  readonly output: unknown;
  readonly cacheRead: unknown;
  readonly cacheWrite: unknown;
}

function anthropicTokens(usage: JsonFields): ResponseTokens {
  return {
    input: usage['input_tokens'],
    output: usage['output_tokens'],
    cacheRead: usage['cache_read_input_tokens'],
    cacheWrite: usage['cache_creation_input_tokens'],
  };
}

function bedrockTokens(usage: JsonFields): ResponseTokens {
  return {
    input: usage['inputTokens'],
    output: usage['outputTokens'],
    cacheRead: usage['cacheReadInputTokens'],
    cacheWrite: usage['cacheWriteInputTokens'],
  };
}

/** Instrumentations copy the input, or add the cache to it. Usage without a word of the cache adds nothing. */
function isStated(stated: StatedTokens, { input, output, cacheRead, cacheWrite }: ResponseTokens): boolean {
  if (cacheRead === undefined && cacheWrite === undefined) return false;
  const uncached = tokenCount(input);
  if (uncached === undefined || tokenCount(output) === undefined || output !== stated.output) return false;
  const whole = uncached + (tokenCount(cacheRead) ?? 0) + (tokenCount(cacheWrite) ?? 0);
  return stated.input === uncached || stated.input === whole;
}

/** The end of the object that begins at `start`; no text in a usage object has a brace. */
function endOfObject(json: string, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at += 1) {
    if (json[at] === '{') depth += 1;
    else if (json[at] === '}') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return json.length;
}

/** A model can answer in JSON too; that is plain text here. */
function isJson(span: SpanView): boolean {
  return span.attribute('output.mime_type') === 'application/json';
}

function responseEdges(span: SpanView): TextEdges | undefined {
  return isJson(span) ? span.textEdges(RESPONSE, EDGE_CHARACTERS) : undefined;
}

/** The text field that a JSON object begins with, if it has that name and holds an identifier. */
export function jsonFieldAtStart(span: SpanView, key: string, field: string): string | undefined {
  const prefix = `{"${field}":"`;
  const head = span.textEdges(key, EDGE_CHARACTERS)?.head;
  return head?.startsWith(prefix) === true ? identifierAfter(prefix, head) : undefined;
}

function identifierAfter(prefix: string, json: string): string | undefined {
  const found = json.indexOf(prefix);
  if (found === -1) return undefined;
  const start = found + prefix.length;
  const end = json.indexOf('"', start);
  const value = json.slice(start, end);
  return end !== -1 && IDENTIFIER.test(value) ? value : undefined;
}
