import type { SpanExplanation } from '@costspan/gateway';
import { expect, test } from 'vitest';
import { spanTree } from './span-tree.ts';

function row(spanId: string, parentSpanId = '', reading: SpanExplanation['reading'] = 'not_genai') {
  const span: SpanExplanation = {
    traceId: 't',
    spanId,
    parentSpanId,
    name: spanId,
    scope: '',
    reading,
    dialect: null,
    outcome: null,
    why: '',
  };
  return { span };
}

function shape(rows: readonly ReturnType<typeof row>[]): string[] {
  return spanTree(rows).map((node) =>
    [node.depth, 'row' in node ? node.row.span.spanId : `… ${node.others}`].join(' '),
  );
}

test('a GenAI span and all above it are shown; runs of others are one node, with all below them', () => {
  expect(
    shape([
      row('query1', 'request'),
      row('inner', 'query1'),
      row('query2', 'request'),
      row('call', 'request', 'model_call'),
      row('POST', 'call'),
      row('query3', 'request'),
      row('request'),
      row('health1'),
      row('health2'),
    ]),
  ).toEqual(['0 request', '1 … 3', '1 call', '2 POST', '1 query3', '0 … 2']);
});

test('a single other span is shown by itself', () => {
  expect(shape([row('request')])).toEqual(['0 request']);
});

test('spans without ids, twice the same ids and circles end', () => {
  expect(shape([row('', '', 'tool'), row('', '', 'tool')])).toEqual(['0 ', '0 ']);
  const twice = Array.from({ length: 40 }, (_, index) => [
    row(`${index + 1}`, `${index}`, 'tool'),
    row(`${index + 1}`, `${index}`, 'tool'),
  ]).flat();
  expect(shape(twice)).toHaveLength(80);
  expect(shape([row('a', 'b', 'tool'), row('b', 'a', 'tool')])).toEqual([]);
});
