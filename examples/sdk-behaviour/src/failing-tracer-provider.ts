import type { Span, Tracer, TracerProvider } from '@opentelemetry/api';

const MEMBERS_THAT_FAIL = new Set(['setAttribute', 'setAttributes', 'setStatus', 'addEvent', 'end']);

/** A provider that throws wherever it may be called: at every second start of a span, and then in the span. */
export function failingTracerProvider(provider: TracerProvider): TracerProvider {
  let started = 0;
  const failingTracer = (tracer: Tracer): Tracer =>
    ({
      startSpan(...options: Parameters<Tracer['startSpan']>) {
        started += 1;
        if (started % 2 === 0) throw new Error('no span is started');
        return failingSpan(tracer.startSpan(...options));
      },
      startActiveSpan() {
        throw new Error('no span is started');
      },
    }) as unknown as Tracer;
  return { getTracer: (...options) => failingTracer(provider.getTracer(...options)) };
}

function failingSpan(span: Span): Span {
  return new Proxy(span, {
    get(target, key) {
      if (typeof key === 'string' && MEMBERS_THAT_FAIL.has(key)) {
        return () => {
          throw new Error(`${key} fails`);
        };
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
