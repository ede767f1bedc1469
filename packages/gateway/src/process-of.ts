import type { OtlpSpan } from './otlp/trace-request.ts';

/** The process that was told last: spans that follow each other are often of one, and then share its text. */
const last = { service: '', instance: '', process: ' ' };

/** Tells the processes apart that write spans: by their service and its instance, or else by the host. */
export function processOf(span: OtlpSpan): string {
  const text = (key: string): string | undefined => {
    const value = span.resourceAttribute(key);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const instance = text('service.instance.id') ?? text('host.name') ?? '';
  const service = text('service.name') ?? '';
  if (service !== last.service || instance !== last.instance) {
    last.service = service;
    last.instance = instance;
    last.process = `${service} ${instance}`;
  }
  return last.process;
}
