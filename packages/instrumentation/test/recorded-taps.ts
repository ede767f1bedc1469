import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallTap, StartTap, TapFailure } from '../src/call-tap.ts';

/** What a transport passed on of one exchange. */
interface RecordedTap {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  /** Whose request it is, by the context in which it was announced. */
  readonly caller: string | undefined;
  /** `head 200`, `end`, `fail <name or code>`, in order; bodies are left out. */
  readonly events: string[];
  readonly contentType: () => string | undefined;
  readonly sent: () => string;
  readonly received: () => Buffer;
  readonly chunks: number;
  error: unknown;
}

export interface TapRecorder {
  readonly taps: RecordedTap[];
  /** Requests that were announced, tapped or not. */
  readonly announced: string[];
  readonly failures: TapFailure[];
  readonly start: StartTap;
  readonly onFailure: (failure: TapFailure) => void;
  asCaller<T>(name: string, action: () => T): T;
  /** The one tap there is to be, once its exchange is over. */
  single(): Promise<RecordedTap>;
  /** Resolves as soon as the next part of a response's body is heard. */
  nextChunk(): Promise<void>;
  /** Resolves once every tap has been ended or failed. */
  settled(): Promise<void>;
}

/** Taps every POST below `/v1/`, as if models were called there. */
export function recordTaps(): TapRecorder {
  const callers = new AsyncLocalStorage<string>();
  const taps: RecordedTap[] = [];
  const announced: string[] = [];
  const failures: TapFailure[] = [];
  let open = 0;
  let onSettled: (() => void) | undefined;
  let onChunk: (() => void) | undefined;
  const settled = (): Promise<void> =>
    open === 0 ? Promise.resolve() : new Promise((resolve) => (onSettled = resolve));
  const close = (): void => {
    open -= 1;
    if (open === 0) onSettled?.();
  };
  const start: StartTap = ({ method, origin, path }) => {
    announced.push(`${method} ${path}`);
    if (method !== 'POST' || !path.startsWith('/v1/')) return undefined;
    open += 1;
    const request = { method, origin, path, caller: callers.getStore() };
    const { tap, record } = recordTap(request, { onClose: close, onChunk: () => onChunk?.() });
    taps.push(record);
    return tap;
  };
  return {
    taps,
    announced,
    failures,
    start,
    onFailure: (failure) => failures.push(failure),
    asCaller: (name, action) => callers.run(name, action),
    settled,
    nextChunk: () => new Promise((resolve) => (onChunk = resolve)),
    async single() {
      await settled();
      if (taps.length !== 1) throw new Error(`${taps.length} taps were started`);
      return taps[0]!;
    },
  };
}

function recordTap(
  request: Pick<RecordedTap, 'method' | 'origin' | 'path' | 'caller'>,
  { onClose, onChunk }: { onClose: () => void; onChunk: () => void },
): { tap: CallTap; record: RecordedTap } {
  const sent: Buffer[] = [];
  const received: Buffer[] = [];
  const events: string[] = [];
  let contentType: string | undefined;
  const record: RecordedTap = {
    ...request,
    events,
    contentType: () => contentType,
    sent: () => Buffer.concat(sent).toString(),
    received: () => Buffer.concat(received),
    get chunks() {
      return received.length;
    },
    error: undefined,
  };
  const isOver = (): boolean => events.some((event) => event === 'end' || event.startsWith('fail'));
  const tap: CallTap = {
    requestBody: (chunk) => void sent.push(Buffer.from(chunk as Uint8Array)),
    responseHead(statusCode, header) {
      events.push(`head ${statusCode}`);
      contentType = header('content-type');
    },
    responseBody(chunk) {
      if (isOver()) events.push('late body');
      if (events.length === 0) events.push('body before head');
      received.push(Buffer.from(chunk));
      onChunk();
    },
    end() {
      if (!isOver()) onClose();
      events.push('end');
    },
    fail(error) {
      if (!isOver()) onClose();
      record.error = error;
      const { name, code } = error as { name?: string; code?: unknown };
      events.push(`fail ${typeof code === 'string' ? code : name}`);
    },
  };
  return { tap, record };
}
