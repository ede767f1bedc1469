/** The parts of the `openai` SDK that are touched. */
interface OpenAiModule {
  readonly OpenAI?: {
    readonly Chat?: { readonly Completions?: { readonly prototype: Creates } };
    readonly Completions?: { readonly prototype: Creates };
    readonly Responses?: { readonly prototype: Creates };
  };
}

interface Creates {
  create?: (...args: unknown[]) => unknown;
}

interface UnwrappablePromise {
  _thenUnwrap(transform: (answer: unknown) => unknown): unknown;
}

interface Teeable {
  tee(): [AsyncIterable<unknown>, AsyncIterable<unknown>];
}

/**
 * Keeps a stream that breaks from ending the process.
 *
 * OpenInference reads a streamed answer from a copy (`tee()`) and lets the copy's error go unhandled, which
 * stops Node, although the application handles the error of its own stream. So the copy is made to end quietly
 * where the stream broke: the span is then ended too, and the call is seen. Call it before OpenInference wraps
 * the same methods; only its own `tee()` call reaches the stream that is changed here.
 */
export function quietStreamCopies(moduleExports: unknown): void {
  const { OpenAI } = moduleExports as OpenAiModule;
  for (const prototype of [
    OpenAI?.Chat?.Completions?.prototype,
    OpenAI?.Completions?.prototype,
    OpenAI?.Responses?.prototype,
  ]) {
    const create = prototype?.create;
    if (prototype === undefined || create === undefined) continue;
    prototype.create = function (this: unknown, ...args: unknown[]): unknown {
      const answer = create.apply(this, args);
      const [body] = args;
      const streamed = typeof body === 'object' && body !== null && 'stream' in body && body.stream === true;
      return streamed && isUnwrappable(answer) ? answer._thenUnwrap(withQuietCopy) : answer;
    };
  }
}

function isUnwrappable(answer: unknown): answer is UnwrappablePromise {
  return typeof answer === 'object' && answer !== null && '_thenUnwrap' in answer;
}

function withQuietCopy(stream: unknown): unknown {
  if (!isTeeable(stream)) return stream;
  const tee = stream.tee.bind(stream);
  stream.tee = () => {
    const [forApplication, forInstrumentation] = tee();
    return [forApplication, endingQuietly(forInstrumentation)];
  };
  return stream;
}

function isTeeable(stream: unknown): stream is Teeable {
  return typeof stream === 'object' && stream !== null && 'tee' in stream && typeof stream.tee === 'function';
}

async function* endingQuietly(stream: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* stream;
  } catch {
    // The application gets the same error from its own copy.
  }
}
