import type { ModelCall } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { genAiCall, type GenAiMeaning, readGenAiSpan, text } from '../gen-ai-call.ts';
import { refineCall } from '../refine-call.ts';
import type { SpanReading } from '../span-reading.ts';
import type { SpanView } from '../span-view.ts';
import { uncountedCache } from '../uncounted-cache.ts';

const NAME = 'azure-ai';

const meaning: GenAiMeaning = { dialect: NAME, inputIncludesCache: true, outputIncludesReasoning: true };

/** The tracing plugin of every Azure SDK for Python, and the packages and sources that name themselves. */
const SCOPE =
  /^azure\.core\.tracing|^azure[-.]ai[-.](?:agents|inference|projects)|^@azure(?:-rest)?\/ai-(?:agents|inference|projects)|^Azure\.AI\.(?:Agents|Inference|Projects)/;

/**
 * Azure's SDKs for models and agents: `chat` spans with the service's input and output, and nothing of its cache.
 * An agent runs at Azure: every span that looks at one of its runs (`start_thread_run`, `get_thread_run`, …) states
 * that run's usage once it is complete, so the id of the run stands for that of a response.
 *
 * @see `azure/ai/inference/tracing.py` of azure-ai-inference 1.0.0b9, `azure/ai/agents/telemetry` of azure-ai-agents
 * 1.2.0b6 and `azure/ai/projects/telemetry` of azure-ai-projects 2.4.0
 */
export const azureAi: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => SCOPE.test(scopeName),
  read(span) {
    const operationName = text(span, 'gen_ai.operation.name');
    if (operationName === undefined) return undefined;
    const reading =
      operationName === 'responses'
        ? modelCall(genAiCall(span, 'chat', meaning))
        : (threadRun(span) ?? readGenAiSpan(span, meaning));
    if (reading?.kind === 'aggregate' && reading.hosted !== undefined) {
      return { ...reading, hosted: { ...reading.hosted, ...boundOf(span, reading.hosted) } };
    }
    return refineCall(reading, (call) => boundOf(span, call));
  },
};

function threadRun(span: SpanView): SpanReading | undefined {
  const runId = text(span, 'gen_ai.thread.run.id');
  if (runId === undefined) return undefined;
  const call = genAiCall(span, 'invoke_agent', meaning);
  return call.usage === undefined
    ? { kind: 'aggregate', dialect: NAME }
    : modelCall({ ...call, responseId: runId });
}

function modelCall(call: ModelCall): SpanReading {
  return { kind: 'model_call', call };
}

/** Behind the inference API and its agents stand OpenAI's models first of all, which cache long prompts unasked. */
function boundOf(span: SpanView, call: ModelCall): Partial<ModelCall> {
  return uncountedCache(span, { ...call, provider: 'azure.ai.openai' });
}
