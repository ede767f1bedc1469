import { trace } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { wireCall } from '../test/wire-call-fixture.ts';
import { LeftOpenSpans } from './left-open-spans.ts';
import { isOpen, type OpenSpan } from './open-inference-span.ts';

const tracer = new TracerProvider().getTracer('some-sdk');
const leftOpen: number[] = [];
let spans: LeftOpenSpans;

beforeEach(() => {
  vi.useFakeTimers();
  leftOpen.length = 0;
  spans = new LeftOpenSpans(({ startMillis }) => leftOpen.push(startMillis));
});

afterEach(() => {
  vi.useRealTimers();
});

function add(startMillis: number): OpenSpan {
  const span = tracer.startSpan('chat');
  if (!isOpen(span)) throw new Error('the span is not recorded');
  spans.add(wireCall({ startMillis, context: trace.setSpan(wireCall().context, span) }), span);
  return span;
}

test('a span is waited for, and then taken for left open, once', () => {
  add(1);
  vi.advanceTimersByTime(3000);
  add(2);
  vi.advanceTimersByTime(1999);
  expect(leftOpen).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(leftOpen).toEqual([1]);
  vi.advanceTimersByTime(60_000);
  expect(leftOpen).toEqual([1, 2]);
  add(3);
  vi.advanceTimersByTime(5000);
  expect(leftOpen).toEqual([1, 2, 3]);
});

test('a span that ends in time is not', () => {
  const ended = [add(1), add(2)];
  add(3);
  for (const span of ended) span.end();
  vi.advanceTimersByTime(5000);
  expect(leftOpen).toEqual([3]);
});

test('at the end nothing is waited for any longer', () => {
  add(1).end();
  add(2);
  spans.flush();
  expect(leftOpen).toEqual([2]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a thousand are waited for at once', () => {
  for (let count = 0; count < 1002; count++) add(count);
  expect(leftOpen).toEqual([0, 1]);
});
