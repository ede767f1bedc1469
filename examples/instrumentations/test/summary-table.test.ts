import { expect, test } from 'vitest';
import { summaryRows } from '../src/summary-table.ts';

function row(packages: string, calls: string, exact: string, money: string): string[] {
  return [packages, 'group, run', calls, exact, '', '', money, '', ''];
}

test('runs are added up by instrumentation, and altogether', () => {
  const rows = [
    row(
      '`openai 7.57.0`, `@arizeai/openinference-instrumentation-openai 4.2.7`',
      '11 / 9',
      '6 / 9',
      '0.3 / 0.1 / 0.3',
    ),
    row('`ai 6.0.326`, `@arizeai/openinference-vercel 2.8.1`', '3 / 3', '3 / 3', '0.1 / 0.1 / 0.1'),
    row('`@google/genai 3.1.0`', '7 / 6', '0 / 6', '0.2 / 0.0 / 0.2'),
  ];
  expect(summaryRows(rows)).toEqual([
    ['OpenInference', '2', '14 / 12', '75.0 % / 100.0 %', '50.0 % / 100.0 %'],
    ['none', '1', '7 / 6', '0.0 % / 100.0 %', '0.0 % / 100.0 %'],
    ['all runs', '3', '21 / 18', '50.0 % / 100.0 %', '33.3 % / 100.0 %'],
  ]);
});

test('a run may be about two instrumentations, and an SDK may report by itself', () => {
  const nameOf = (packages: string) => summaryRows([row(packages, '0 / 0', '0 / 0', '0 / 0 / 0')])[0]![0];
  expect(nameOf('`@anthropic-ai/sdk 1.12.0`')).toBe('Anthropic SDK itself');
  expect(nameOf('`@anthropic-ai/sdk 1.12.0`, `openlit 1.15.0`')).toBe('OpenLIT');
  expect(
    nameOf(
      '`openai 6.49.0`, `@opentelemetry/instrumentation-openai 0.22.0`, `@opentelemetry/instrumentation-undici 0.34.0`',
    ),
  ).toBe('OpenTelemetry');
  expect(
    nameOf(
      '`openai 7.57.0`, `@opentelemetry/instrumentation-openai 0.22.0`, `@traceloop/instrumentation-openai 0.27.0`',
    ),
  ).toBe('OpenTelemetry and OpenLLMetry');
});

test('nothing to share has no share', () => {
  expect(summaryRows([row('`ai 6.0.326`', '0 / 0', '0 / 0', '0 / 0 / 0')])[0]).toEqual([
    'AI SDK itself',
    '1',
    '0 / 0',
    '– / –',
    '– / –',
  ]);
});
