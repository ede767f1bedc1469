import type { OtlpSpan } from './otlp/trace-request.ts';

/** Tells the processes apart that write spans: by their service and its instance, or else by the host. */
export function processOf(span: OtlpSpan): string {
  const text = (key: string): string | undefined => {
    const value = span.resourceAttribute(key);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const instance = text('service.instance.id') ?? text('host.name') ?? '';
  return `${text('service.name') ?? ''} ${instance}`;
}
