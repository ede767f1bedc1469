import { text } from './gen-ai-call.ts';
import type { SpanView, TextEdges } from './span-view.ts';

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

/** A model can answer in JSON too; that is plain text here. */
function responseEdges(span: SpanView): TextEdges | undefined {
  const isJson = span.attribute('output.mime_type') === 'application/json';
  return isJson ? span.textEdges(RESPONSE, EDGE_CHARACTERS) : undefined;
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
