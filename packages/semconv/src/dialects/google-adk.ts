import { canonicalProvider, type ModelCall } from '@costspan/cost-model';
import { fieldsOf } from '../json-fields.ts';
import type { Dialect } from '../dialect.ts';
import type { ReportedCounts } from '../disjoint-usage.ts';
import { geminiCounts, geminiServiceTier, trustWithoutDetails, type UsageTrust } from '../gemini-usage.ts';
import { count, genAiCall, type GenAiMeaning, readGenAiSpan, text } from '../gen-ai-call.ts';
import { refineCall } from '../refine-call.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'google-adk';
const SCOPE = 'gcp.vertex.agent';

/** What Python wrote before 2.3. */
const EXPERIMENTAL_REASONING = 'gen_ai.usage.experimental.reasoning_tokens';

/** A longer response is not parsed; its usage is a few hundred characters. */
const RESPONSE_CHARACTERS_MAX = 64 * 1024;

/** Names of collections in a path such as `projects/p/locations/l/publishers/google/models/m`, not of providers. */
const RESOURCE_COLLECTIONS: ReadonlySet<string> = new Set([
  'endpoints',
  'locations',
  'models',
  'projects',
  'publishers',
  'tunedmodels',
]);

/**
 * Google's Agent Development Kit. `call_llm` is a request to a model in JavaScript, and around `generate_content` in
 * Python; ADK 2 in Python has the latter only.
 *
 * The counts on the span are prompt and candidates, without the thoughts; Python from 2.3 writes all of them, thoughts
 * within the output, which LiteLLM's models count twice there. The provider's own counts are in `llm_response` when
 * content is captured. `gen_ai.system` is the ADK itself, so that the model has to tell the provider.
 *
 * @see `telemetry/tracing` in `@google/adk` 2.0.0 and in `google-adk` 1.10 to 2.13 for Python
 */
export const googleAdk: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === SCOPE,
  read(span) {
    const response = writesDetails(span) ? undefined : responseUsage(span);
    const stated = geminiCounts(response);
    const meaning: GenAiMeaning = {
      dialect: NAME,
      inputIncludesCache: true,
      outputIncludesReasoning: true,
      ownCounts: () => stated ?? ownCounts(span),
    };
    const reading =
      span.name === 'call_llm'
        ? ({ kind: 'model_call', call: genAiCall(span, 'generate_content', meaning) } as const)
        : readGenAiSpan(span, meaning);
    return refineCall(reading, (call) => ({
      provider: providerOf(call),
      serviceTier: geminiServiceTier(response),
      ...(stated === undefined && trustIn(span, call)),
    }));
  },
};

function trustIn(span: SpanView, call: ModelCall): UsageTrust {
  if (writesDetails(span)) return {};
  return trustWithoutDetails(call, count(span, EXPERIMENTAL_REASONING) !== undefined);
}

/** Counts that mean something else than their names say. */
function ownCounts(span: SpanView): Partial<ReportedCounts> {
  if (!writesDetails(span)) {
    const reasoning = count(span, EXPERIMENTAL_REASONING);
    return { reasoning, outputIncludesReasoning: false };
  }
  const output = count(span, 'gen_ai.usage.output_tokens') ?? 0;
  const reasoning = count(span, 'gen_ai.usage.reasoning.output_tokens') ?? 0;
  const isCountedTwice = output >= 2 * reasoning && isThroughLiteLlm(text(span, 'gen_ai.request.model'));
  return isCountedTwice && reasoning > 0 ? { output: output - reasoning } : {};
}

/** Whether the span states cached tokens and thoughts wherever the provider does. */
function writesDetails(span: SpanView): boolean {
  if (span.attribute('gen_ai.usage.reasoning.output_tokens') !== undefined) return true;
  if (span.attribute('gen_ai.usage.cache_read.input_tokens') !== undefined) return true;
  if (span.resourceAttribute('telemetry.sdk.language') !== 'python') return false;
  const [, major, minor] = /^(\d{1,4})\.(\d{1,4})/.exec(span.scopeVersion ?? '') ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 3);
}

function responseUsage(span: SpanView): unknown {
  const response = text(span, 'gcp.vertex.agent.llm_response');
  if (response === undefined || response.length > RESPONSE_CHARACTERS_MAX) return undefined;
  try {
    const fields = fieldsOf(JSON.parse(response));
    return fields?.['usageMetadata'] ?? fields?.['usage_metadata'];
  } catch {
    return undefined;
  }
}

/** A model of another provider is named `provider/model` for LiteLLM; Claude and Gemini are called directly. */
function providerOf({ provider, requestModel }: ModelCall): string | undefined {
  if (provider !== SCOPE || requestModel === undefined) return provider === SCOPE ? undefined : provider;
  if (isThroughLiteLlm(requestModel))
    return canonicalProvider(requestModel.slice(0, requestModel.indexOf('/')));
  if (/(?:^|\/)claude[-.]/i.test(requestModel)) return 'anthropic';
  return requestModel.startsWith('projects/') ? 'gcp.vertex_ai' : 'gcp.gemini';
}

function isThroughLiteLlm(model: string | undefined): boolean {
  const [collection, rest] = model?.toLowerCase().split('/', 2) ?? [];
  return rest !== undefined && !RESOURCE_COLLECTIONS.has(collection ?? '');
}
