import { createRequire } from 'node:module';
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation';
import { quietStreamCopies } from './quiet-stream-copies.ts';
import { warn } from './warn.ts';

const OPEN_INFERENCE_PACKAGE = '@arizeai/openinference-instrumentation-openai';

/** What is used of OpenInference's instrumentation. */
interface ManualInstrumentation {
  manuallyInstrument(moduleExports: unknown): void;
}

/**
 * Spans for the `openai` SDK 5 to 7, which OpenTelemetry's own instrumentation does not reach (it stops
 * before 7 and reports neither cached nor reasoning tokens).
 *
 * The spans are OpenInference's; only the hook is ours, so that one loader hook serves ES modules too.
 * OpenInference itself requires `openai`, therefore it is loaded when the application loads the SDK, and a
 * service without the SDK pays nothing.
 */
export class OpenAiInstrumentation extends InstrumentationBase {
  readonly #require = createRequire(import.meta.url);
  #openInference: ManualInstrumentation | undefined;
  #loading = false;
  readonly #loadedMeanwhile: unknown[] = [];

  constructor() {
    super('@costspan/node/openai', '0.1.0', {});
  }

  protected override init(): InstrumentationNodeModuleDefinition {
    return new InstrumentationNodeModuleDefinition('openai', ['>=5 <8'], (moduleExports: unknown) => {
      this.#instrument(moduleExports);
      return moduleExports;
    });
  }

  #instrument(moduleExports: unknown): void {
    // Loading OpenInference loads the CommonJS build of openai, which comes through this hook as well.
    if (this.#loading) {
      this.#loadedMeanwhile.push(moduleExports);
      return;
    }
    try {
      this.#loading = true;
      this.#openInference ??= this.#load();
      this.#loading = false;
      for (const each of [moduleExports, ...this.#loadedMeanwhile.splice(0)]) {
        quietStreamCopies(each);
        this.#openInference.manuallyInstrument(each);
      }
    } catch (error) {
      warn(`the openai SDK could not be instrumented, its calls will not be seen: ${String(error)}`);
    } finally {
      this.#loading = false;
    }
  }

  #load(): ManualInstrumentation {
    const { OpenAIInstrumentation } = this.#require(OPEN_INFERENCE_PACKAGE) as {
      OpenAIInstrumentation: new (options: object) => ManualInstrumentation;
    };
    // Prompts and answers are not recorded: a cost needs neither, and they would fill the span.
    return new OpenAIInstrumentation({
      instrumentationConfig: { enabled: false },
      traceConfig: { hideInputs: true, hideOutputs: true },
    });
  }
}
