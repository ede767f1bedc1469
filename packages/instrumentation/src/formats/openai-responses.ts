import { fieldsOf, type JsonFields, tokenCount } from '@costspan/semconv';
import type { WireAnswer, WireFormat } from '../wire-format.ts';
import { ERROR_FIELDS, GATEWAY_FIELDS } from './openai-answer.ts';
import { OpenAiReader } from './openai-reader.ts';
import { openAiRoutes } from './openai-routes.ts';
import { shortText } from './short-text.ts';

const RESPONSE_FIELDS = [
  'id',
  'object',
  'model',
  'status',
  'background',
  'service_tier',
  'usage',
  'tool_usage',
  ...ERROR_FIELDS,
  'incomplete_details.reason',
  'output.*.type',
  'output.*.status',
  'output.*.action.type',
  ...GATEWAY_FIELDS,
];

/** A response goes on in these states. */
const UNFINISHED: ReadonlySet<unknown> = new Set(['queued', 'in_progress']);

/**
 * OpenAI's Responses API, whole, in events, or asked for later when it runs in the background. The events
 * `response.completed`, `.incomplete` and `.failed` carry the whole response with its usage; those before have none.
 *
 * @see https://platform.openai.com/docs/api-reference/responses
 * @see https://platform.openai.com/docs/guides/background
 */
export const openAiResponses: WireFormat = {
  name: 'openai-responses',
  operation: 'chat',
  defaultProvider: 'openai',
  routes: [
    ...openAiRoutes('responses', 'responses', { isCommon: true }),
    ...openAiRoutes('compact', 'responses/compact', { isCommon: true }),
    ...openAiRoutes('responses', 'responses/[^/]+', { method: 'GET', isCommon: true }),
  ],
  answerFields: [
    'type',
    'code',
    ...RESPONSE_FIELDS,
    ...RESPONSE_FIELDS.map((field) => `response.${field}`),
    'item.type',
    'item.status',
    'item.action.type',
  ],
  // A search has an action, a search of files its queries; the events of the answer's text have none of these.
  eventKeys: ['usage', 'error', 'code', 'action', 'queries'],
  requestFields: ['model'],
  newReader: (request) => new ResponsesReader(request),
};

class ResponsesReader extends OpenAiReader {
  /** Of the items that came as events, for streams whose last event does not repeat them. */
  readonly #items = new ToolCalls();
  #output: ToolCalls | undefined;
  #toolUsage: JsonFields | undefined;

  read(document: JsonFields): void {
    const event = shortText(document['type']);
    const response = fieldsOf(document['response']);
    this.stated.putGatewayCost(document);
    if (response !== undefined) this.#readResponse(response, true);
    else if (event === 'error') this.stated.putError(fieldsOf(document['error']) ?? document);
    else if (event === 'response.output_item.done') this.#items.add(document['item']);
    else if (event === undefined) this.#readResponse(document, false);
  }

  override answer(): WireAnswer {
    const answer = super.answer();
    if (answer.usage === undefined) return answer;
    const tools = this.#output ?? this.#items;
    const billedSearches = tokenCount(fieldsOf(this.#toolUsage?.['web_search'])?.['num_requests']);
    const { webSearches = billedSearches ?? tools.webSearches, fileSearches = tools.fileSearches } =
      answer.usage;
    return {
      ...answer,
      usage: {
        ...answer.usage,
        ...(webSearches > 0 && { webSearches }),
        ...(fileSearches > 0 && { fileSearches }),
      },
      usageIncomplete: this.#usesOther(tools) ? 'lower_bound' : answer.usageIncomplete,
    };
  }

  #readResponse(response: JsonFields, isEvent: boolean): void {
    const answer = this.stated;
    const { object, status, error, output } = response;
    if (typeof object === 'string' && object.startsWith('response')) answer.put({ isRecognised: true });
    answer.putNames(response);
    answer.putError(error);
    const isUnfinished = UNFINISHED.has(status);
    // A stream that breaks off has no usage either; only what runs in the background goes on without it.
    answer.put({ isPending: isUnfinished && (response['background'] === true || !isEvent) });
    if (!isUnfinished) {
      answer.putFinishReason(fieldsOf(response['incomplete_details'])?.['reason'] ?? status);
    }
    if (Array.isArray(output) && output.length > 0) {
      this.#output = new ToolCalls();
      for (const item of output) this.#output.add(item);
    }
    this.#toolUsage = fieldsOf(response['tool_usage']) ?? this.#toolUsage;
    answer.putUsage(response['usage'], !isUnfinished);
  }

  /** An image is made by a model of its own and code runs in a container with a fee; neither is in the usage. */
  #usesOther(tools: ToolCalls): boolean {
    const imageTokens = tokenCount(fieldsOf(this.#toolUsage?.['image_gen'])?.['total_tokens']) ?? 0;
    return imageTokens > 0 || tools.others > 0;
  }
}

/**
 * Calls of tools at the provider, by the items of the output. A search is billed for the action `search`; opening a page
 * and finding something in it are not. Where `tool_usage` counts the searches to be billed, that goes before.
 *
 * @see https://developers.openai.com/api/docs/pricing and `Response.ToolUsage` of `openai` 7.57
 */
class ToolCalls {
  webSearches = 0;
  fileSearches = 0;
  others = 0;

  add(item: unknown): void {
    const fields = fieldsOf(item);
    if (fields === undefined || fields['status'] === 'failed') return;
    switch (fields['type']) {
      case 'web_search_call': {
        const action = fieldsOf(fields['action'])?.['type'];
        if (action === undefined || action === 'search') this.webSearches++;
        break;
      }
      case 'file_search_call':
        this.fileSearches++;
        break;
      case 'code_interpreter_call':
      case 'image_generation_call':
        this.others++;
        break;
      default:
    }
  }
}
