/**
 * Every span of the recorded runs of real instrumentations, read by its dialect. The mock provider behind the
 * recordings served known usage: OpenAI chat 1200 in (1024 cached) and 350 out (128 reasoning); Anthropic 176
 * in beside 1024 read and 512 written to the cache (500 for 5 minutes, 12 for an hour), 350 out; Bedrock the
 * same; embeddings 42 for each input. A table that differs from that shows what the instrumentation lost.
 */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type SettledSpan, settleSpans } from './billed-calls.ts';
import { type RecordedSpanView, recordedSpans } from './otlp-json-spans.ts';

const folder = new URL('./fixtures/spans/', import.meta.url);

function row({ span, reading, verdict }: SettledSpan): string {
  if (reading === undefined) return `${span.name} | not GenAI`;
  if (reading.kind === 'aggregate' && reading.hosted !== undefined)
    return `${span.name} | hosted aggregate | ${reading.dialect}`;
  if (reading.kind !== 'model_call') return `${span.name} | ${reading.kind} | ${reading.dialect}`;
  const { call } = reading;
  const usage = Object.entries(call.usage ?? { no: 'usage' }).map(([bucket, count]) => `${bucket} ${count}`);
  const flags = [
    ...(call.usageSource === 'span' ? [] : [call.usageSource]),
    ...(call.usageIncomplete === undefined ? [] : [call.usageIncomplete]),
    ...(call.usageCorrected === true ? ['corrected'] : []),
    ...(call.answeredFromCache === true ? ['answered from cache'] : []),
    ...(call.serviceTier === undefined ? [] : [`tier ${call.serviceTier}`]),
    ...(call.region === undefined ? [] : [`region ${call.region}`]),
    ...Object.entries(call.phases ?? {}).map(([phase, nanos]) => `${phase} ${nanos}`),
  ];
  return [
    span.name,
    verdict?.billed === false ? 'duplicate' : 'call',
    call.dialect,
    call.operation,
    call.provider ?? '?',
    call.responseModel ?? call.requestModel ?? '?',
    call.errorType === undefined ? 'ok' : 'failed',
    usage.join(', '),
    ...flags,
  ].join(' | ');
}

function table(spans: readonly RecordedSpanView[]): string {
  return `${settleSpans(spans).map(row).join('\n')}\n`;
}

test.each(readdirSync(folder).filter((name) => name.endsWith('.otlp.json')))('%s', async (name) => {
  const golden = new URL(`./golden/${name.replace('.otlp.json', '.txt')}`, import.meta.url);
  await expect(table(recordedSpans(new URL(name, folder)))).toMatchFileSnapshot(golden.pathname);
});
