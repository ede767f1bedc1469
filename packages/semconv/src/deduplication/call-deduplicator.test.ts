import type { ModelCall } from '@costspan/cost-model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CALL } from '../../test/model-call-fixture.ts';
import type { SpanReading } from '../span-reading.ts';
import { CallDeduplicator } from './call-deduplicator.ts';
import type { CallVerdict, SpanReport } from './span-report.ts';

const WINDOW = { millis: 60_000, spansMax: 10_000 };

function call(fields: Partial<ModelCall> = {}): SpanReading {
  return { kind: 'model_call', call: { ...CALL, ...fields } };
}

const silent = call({ usage: undefined });
const failed = call({ usage: undefined, errorType: 'RateLimitError' });
const agent: SpanReading = { kind: 'aggregate', dialect: 'test' };
const hosted: SpanReading = { kind: 'aggregate', dialect: 'test', hosted: CALL };
const tool: SpanReading = { kind: 'tool', dialect: 'test' };

type Report = SpanReport<string>;

/** A span `id` inside `parent`, in trace `t` and scope `id` unless said otherwise. */
function span(
  spanId: string,
  parentSpanId: string,
  reading: SpanReading | undefined,
  fields: Partial<Report> = {},
): Report {
  return {
    traceId: 't',
    spanId,
    parentSpanId,
    scopeName: spanId,
    service: 'app',
    startMillis: 1000,
    endMillis: 2000,
    reading,
    subject: spanId,
    ...fields,
  };
}

function verdicts(batches: readonly (readonly Report[])[]): Record<string, string> {
  const deduplicator = new CallDeduplicator<string>(WINDOW);
  const found = new Map<string, string>();
  for (const batch of batches) {
    for (const { subject, verdict } of deduplicator.add(batch, 0)) found.set(subject, text(verdict));
  }
  return Object.fromEntries([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function text(verdict: CallVerdict): string {
  return verdict.billed ? 'billed' : `${verdict.reason} ${verdict.billedSpanId ?? '?'}`;
}

function settled(...spans: readonly Report[]): Record<string, string> {
  return verdicts([spans]);
}

describe('nested reports', () => {
  it('bill the innermost of equals, through an HTTP span in between', () => {
    expect(
      settled(
        span('outer', '', call(), { scopeName: 'x' }),
        span('http', 'outer', undefined),
        span('inner', 'http', call(), { scopeName: 'x' }),
      ),
    ).toEqual({ inner: 'billed', outer: 'duplicate_of_nested_span inner' });
  });

  it('bill the outer one when only it has usage', () => {
    expect(settled(span('inner', 'outer', silent), span('outer', '', call()))).toEqual({
      inner: 'duplicate_of_nested_span outer',
      outer: 'billed',
    });
  });

  it('bill the outer one when it tells more of the same call', () => {
    const lossy = call({ usage: { input: 1200, output: 350 }, usageIncomplete: 'upper_bound' });
    expect(settled(span('inner', 'outer', lossy), span('outer', '', call()))).toEqual({
      inner: 'duplicate_of_nested_span outer',
      outer: 'billed',
    });
  });

  it('bill the client of a model server, which knows whose call it was', () => {
    const server = call({ usageSource: 'server', provider: 'vllm', usage: { input: 1200, output: 350 } });
    expect(
      settled(span('client', '', call()), span('server', 'client', server, { service: 'vllm' })),
    ).toEqual({ client: 'billed', server: 'duplicate_of_nested_span client' });
  });

  it('bill the calls inside when what is around them counts something else', () => {
    const sum = call({ usage: { input: 352, cacheRead: 2048, output: 700, reasoning: 1 } });
    expect(settled(span('sum', '', sum), span('seen', 'sum', call()))).toEqual({
      seen: 'billed',
      sum: 'duplicate_of_nested_span seen',
    });
    const lossy = call({ usage: { input: 5, output: 350 }, usageIncomplete: 'lower_bound' });
    expect(
      settled(
        span('sum', '', sum),
        span('a', 'sum', lossy, { scopeName: 'x' }),
        span('b', 'sum', lossy, { scopeName: 'x', startMillis: 1500 }),
      ),
    ).toEqual({ a: 'billed', b: 'billed', sum: 'duplicate_of_nested_span a' });
  });

  it('bill every call inside one that sums them up', () => {
    const sum = call({ usage: { input: 352, cacheRead: 2048, output: 700, reasoning: 1 } });
    expect(
      settled(
        span('sum', '', sum),
        span('a', 'sum', call(), { scopeName: 'x' }),
        span('b', 'sum', call(), { scopeName: 'x', startMillis: 1500 }),
      ),
    ).toEqual({ a: 'billed', b: 'billed', sum: 'duplicate_of_nested_span a' });
  });

  it('bill a call once that took several attempts', () => {
    expect(
      settled(
        span('call', '', call()),
        span('first', 'call', failed, { endMillis: 1100 }),
        span('second', 'call', call(), { startMillis: 1200 }),
      ),
    ).toEqual({
      call: 'duplicate_of_nested_span second',
      first: 'duplicate_of_nested_span second',
      second: 'billed',
    });
  });

  it('count a call without any usage once', () => {
    expect(settled(span('outer', '', failed), span('inner', 'outer', failed))).toEqual({
      inner: 'billed',
      outer: 'duplicate_of_nested_span inner',
    });
  });

  it('are calls of their own beneath an agent or a tool', () => {
    expect(
      settled(
        span('outer', '', call(), { scopeName: 'x' }),
        span('agent', 'outer', agent),
        span('a', 'agent', call(), { scopeName: 'x' }),
        span('tool', 'a', tool),
        span('b', 'tool', call(), { scopeName: 'x' }),
      ),
    ).toEqual({ a: 'billed', b: 'billed', outer: 'billed' });
  });

  it('do not hang when spans point at each other in a circle', () => {
    const circle = settled(span('a', 'b', call()), span('b', 'a', call()), span('c', 'c', call()));
    expect(Object.values(circle).filter((verdict) => verdict === 'billed').length).toBeGreaterThan(0);
  });
});

describe('reports that are not nested', () => {
  it('in one trace are one call when tokens, model and time agree', () => {
    expect(
      settled(
        span('wrapper', 'app', call({ responseModel: undefined, provider: undefined }), { endMillis: 2010 }),
        span('client', 'app', call(), { startMillis: 1004 }),
      ),
    ).toEqual({ client: 'billed', wrapper: 'duplicate_of_sibling_span client' });
  });

  it('in one trace are one call when one of them is a log at the end of the other', () => {
    const log = span('log', 'app', call({ provider: undefined }), { startMillis: 2002, endMillis: 2002 });
    expect(settled(span('client', 'app', call()), log)).toEqual({
      client: 'billed',
      log: 'duplicate_of_sibling_span client',
    });
  });

  it('bill the one with usage when the other reports none', () => {
    expect(
      settled(span('wrapper', 'app', call(), { endMillis: 2010 }), span('client', 'app', silent)),
    ).toEqual({ client: 'duplicate_of_sibling_span wrapper', wrapper: 'billed' });
  });

  it('find their own partners when two equal calls run at once', () => {
    const wrapper = { scopeName: 'wrapper' };
    const client = { scopeName: 'client' };
    expect(
      settled(
        span('w1', 'app', call(), { ...wrapper, startMillis: 1000, endMillis: 2000 }),
        span('w2', 'app', call(), { ...wrapper, startMillis: 1001, endMillis: 2003 }),
        span('c1', 'app', call(), { ...client, startMillis: 1001, endMillis: 1999 }),
        span('c2', 'app', call(), { ...client, startMillis: 1002, endMillis: 2002 }),
      ),
    ).toEqual({
      c1: 'billed',
      c2: 'billed',
      w1: 'duplicate_of_sibling_span c1',
      w2: 'duplicate_of_sibling_span c2',
    });
  });

  it.each<[string, Partial<Report>, Partial<ModelCall>]>([
    ['tokens that differ', {}, { usage: { input: 176, cacheRead: 1024, output: 351 } }],
    ['another model', {}, { requestModel: 'claude-sonnet-4-5', responseModel: undefined }],
    ['a time before', { startMillis: 100, endMillis: 900 }, {}],
    ['a time right after', { startMillis: 2000, endMillis: 2001 }, {}],
    ['the same instrumentation', { scopeName: 'a' }, {}],
    ['the same instrumentation and id', { scopeName: 'a' }, { responseId: 'chatcmpl-first' }],
    ['the same instrumentation in a replica', { scopeName: 'a', service: 'replica' }, {}],
    ['an error', {}, { usage: undefined, errorType: 'timeout' }],
    ['another response id', {}, { responseId: 'chatcmpl-other' }],
    ['another trace with a parent', { traceId: 'u' }, {}],
    ['another trace of another process', { traceId: 'u', service: 'other', parentSpanId: '' }, {}],
  ])('with %s are two calls', (_what, report, fields) => {
    const first = call({ responseId: fields.responseId && 'chatcmpl-first' });
    expect(settled(span('a', 'app', first), span('b', 'app', call(fields), report))).toEqual({
      a: 'billed',
      b: 'billed',
    });
  });

  it('in two traces of a process are one call when one of them lost its context', () => {
    expect(
      settled(
        span('client', 'http', call()),
        span('sdk', '', call({ reportedCost: undefined }), { traceId: 'u' }),
      ),
    ).toEqual({ client: 'billed', sdk: 'duplicate_in_other_trace client' });
  });

  it('in two traces are two calls when only one tells its tokens and the other kept its context', () => {
    expect(settled(span('a', 'http', call()), span('b', '', silent, { traceId: 'u' }))).toEqual({
      a: 'billed',
      b: 'billed',
    });
    expect(settled(span('a', '', call()), span('b', '', silent, { traceId: 'u' }))).toEqual({
      a: 'billed',
      b: 'duplicate_in_other_trace a',
    });
  });

  it('are matched by the response id before they are by time', () => {
    const answered = call({ responseId: 'chatcmpl-1234' });
    expect(
      settled(
        span('wrapper', 'app', answered, { endMillis: 2100 }),
        span('near', 'app', call(), { scopeName: 'client', endMillis: 2099 }),
        span('far', 'app', answered, { scopeName: 'client', startMillis: 1500, endMillis: 1600 }),
      ),
    ).toEqual({ far: 'billed', near: 'billed', wrapper: 'duplicate_of_sibling_span far' });
  });

  it('in the traces of two processes are one call by the response id', () => {
    const answered = call({ responseId: 'gen-1234567890' });
    expect(
      settled(
        span('app', 'http', answered),
        span('gateway', '', answered, {
          traceId: 'u',
          service: 'gateway',
          startMillis: 1100,
          endMillis: 1900,
        }),
      ),
    ).toEqual({ app: 'duplicate_in_other_trace gateway', gateway: 'billed' });
  });
});

describe('what the provider stated on the wire', () => {
  const wire = call({ usageSource: 'wire', responseId: 'chatcmpl-0001' });
  const lossy = call({ usage: { input: 20, output: 350 } });

  it('is billed before what an instrumentation counted for the same answer', () => {
    const same = call({ responseId: 'chatcmpl-0001' });
    expect(settled(span('sdk', '', same), span('wire', '', wire))).toEqual({
      sdk: 'duplicate_of_sibling_span wire',
      wire: 'billed',
    });
  });

  it('is the same call as a report around it in time with other tokens, whichever ends first', () => {
    const inside = { startMillis: 1100, endMillis: 1900 };
    const expected = { sdk: 'duplicate_of_sibling_span wire', wire: 'billed' };
    expect(settled(span('sdk', '', lossy), span('wire', '', wire, inside))).toEqual(expected);
    expect(settled(span('wire', '', wire, inside), span('sdk', '', lossy))).toEqual(expected);
  });

  it.each([
    ['another model', { reading: call({ usage: { input: 20 }, requestModel: 'x', responseModel: 'x' }) }],
    ['another trace with a parent', { traceId: 'other', parentSpanId: 'http' }],
    [
      'another trace and other tokens',
      { traceId: 'other', reading: call({ usage: { input: 20, output: 9 } }) },
    ],
    ['another process', { service: 'other' }],
    ['another time', { startMillis: 5000, endMillis: 6000 }],
    ['a failure', { reading: call({ usage: { input: 20 }, errorType: 'timeout' }) }],
    ['another answer', { reading: call({ usage: { input: 20 }, responseId: 'chatcmpl-0002' }) }],
  ])('is another call than a report of %s', (_, fields) => {
    expect(settled(span('sdk', '', lossy, fields), span('wire', '', wire))).toEqual({
      sdk: 'billed',
      wire: 'billed',
    });
  });

  it('is the same call as a report of another trace that counted one side rightly', () => {
    const placeholder = call({ usage: { input: 1200, output: 351 } });
    expect(
      settled(span('sdk', '', placeholder, { traceId: 'other', endMillis: 2009 }), span('wire', '', wire)),
    ).toEqual({ sdk: 'duplicate_in_other_trace wire', wire: 'billed' });
  });

  it.each([
    ['another id', { responseId: 'chatcmpl-0002' }],
    ['no id and other tokens', { responseId: undefined, usage: { input: 20, output: 350 } }],
    ['no id and another model', { responseId: undefined, requestModel: 'x', responseModel: 'x' }],
  ])('is a call of its own inside a call with %s', (_, fields) => {
    const guard = call({ usageSource: 'wire', ...fields });
    expect(settled(span('outer', '', wire), span('guard', 'outer', guard))).toEqual({
      guard: 'billed',
      outer: 'billed',
    });
    expect(settled(span('outer', '', wire), span('inner', 'outer', wire))).toEqual({
      inner: 'billed',
      outer: 'duplicate_of_nested_span inner',
    });
  });

  it('takes the report with its own tokens before one that only runs at the same time', () => {
    const other = call({
      usageSource: 'wire',
      responseId: 'chatcmpl-0002',
      usage: { input: 20, output: 350 },
    });
    expect(
      settled(
        span('sdk-1', '', call(), { scopeName: 'sdk' }),
        span('sdk-2', '', lossy, { scopeName: 'sdk' }),
        span('wire-1', '', wire, { scopeName: 'wire' }),
        span('wire-2', '', other, { scopeName: 'wire' }),
      ),
    ).toEqual({
      'sdk-1': 'duplicate_of_sibling_span wire-1',
      'sdk-2': 'duplicate_of_sibling_span wire-2',
      'wire-1': 'billed',
      'wire-2': 'billed',
    });
  });
});

describe('reports with one response id', () => {
  const answered = call({ responseId: 'chatcmpl-1234' });
  const elsewhere = { traceId: 'u', service: 'other' };

  it('are two calls when their tokens differ and they are not at one time', () => {
    const other = call({ responseId: 'chatcmpl-1234', usage: { input: 5, output: 9 } });
    const later = { ...elsewhere, startMillis: 4000, endMillis: 5000 };
    expect(settled(span('a', 'http', answered), span('b', 'http', other, later))).toEqual({
      a: 'billed',
      b: 'billed',
    });
    expect(settled(span('a', 'http', answered), span('b', 'http', other, elsewhere))).toEqual({
      a: 'billed',
      b: 'duplicate_in_other_trace a',
    });
  });

  it('are billed by the first answer, not by its repetition out of a cache', () => {
    const lessTelling = call({ responseId: 'chatcmpl-1234', usage: { input: 1200, output: 350 } });
    expect(
      settled(
        span('hit', '', answered, { startMillis: 5000, endMillis: 5010 }),
        span('origin', 'http', lessTelling, elsewhere),
      ),
    ).toEqual({ hit: 'duplicate_in_other_trace origin', origin: 'billed' });
  });
});

describe('reports of several kinds at once', () => {
  it('are matched by what a nested report tells, though another one stands for it', () => {
    const answered = call({ responseId: 'chatcmpl-1234' });
    expect(
      settled(
        span('wrapper', 'app', answered),
        span('client', 'wrapper', call()),
        span('gateway', '', answered, { traceId: 'u', service: 'gateway' }),
      ),
    ).toEqual({
      client: 'billed',
      gateway: 'duplicate_in_other_trace client',
      wrapper: 'duplicate_of_nested_span client',
    });
  });

  it('bill the calls and not the reports that sum them up, nested or not', () => {
    const sum = call({ usage: { input: 352, cacheRead: 2048, output: 700, reasoning: 5, cacheWrite: 1 } });
    expect(
      settled(
        span('sum', 'app', sum),
        span('a', 'sum', call(), { scopeName: 'x', endMillis: 1400 }),
        span('b', 'sum', call(), { scopeName: 'x', startMillis: 1500 }),
        span('again', 'app', sum, { endMillis: 2001 }),
      ),
    ).toEqual({
      a: 'billed',
      again: 'duplicate_of_sibling_span a',
      b: 'billed',
      sum: 'duplicate_of_nested_span a',
    });
    expect(
      settled(
        span('again', 'app', sum, { startMillis: 999, endMillis: 2001 }),
        span('sum', 'app', sum),
        span('a', 'sum', call(), { scopeName: 'x', endMillis: 1400 }),
        span('b', 'sum', call(), { scopeName: 'x', startMillis: 1500 }),
      ),
    ).toMatchObject({ a: 'billed', again: 'duplicate_of_sibling_span a', b: 'billed' });
  });

  it('are found among any number of them', () => {
    const pairs = Array.from({ length: 1500 }, (_each, index) => {
      const trace = { traceId: `t${index}`, service: `app${index % 3}` };
      return [
        span(`w${index}`, 'app', call(), { ...trace, scopeName: 'wrapper', endMillis: 2001 }),
        span(`c${index}`, 'app', call(), { ...trace, scopeName: 'client' }),
      ];
    }).flat();
    const billed = Object.values(settled(...pairs)).filter((verdict) => verdict === 'billed');
    expect(billed).toHaveLength(1500);
  });

  it('are found in a trace of any length, however its spans are grouped', () => {
    const at = (index: number): Partial<Report> => ({
      startMillis: index * 3000,
      endMillis: index * 3000 + 1000,
    });
    const wrappers = Array.from({ length: 1200 }, (_each, index) =>
      span(`w${index}`, 'app', call(), { ...at(index), scopeName: 'wrapper' }),
    );
    const clients = Array.from({ length: 1200 }, (_each, index) =>
      span(`c${index}`, 'app', call(), { ...at(index), scopeName: 'client' }),
    );
    const billed = Object.values(settled(...wrappers, ...clients)).filter((verdict) => verdict === 'billed');
    expect(billed).toHaveLength(1200);
  });

  it('leave a chat and the embedding inside it two calls', () => {
    const embedding = call({ operation: 'embeddings', usage: { input: 12 } });
    expect(settled(span('chat', '', call()), span('embedding', 'chat', embedding))).toEqual({
      chat: 'billed',
      embedding: 'billed',
    });
  });

  it('leave calls of different sizes at one time two calls, whatever one of them lacks', () => {
    const large = call({ usage: { input: 20_000, output: 1500 }, usageIncomplete: 'upper_bound' });
    const small = call({ usage: { input: 300, output: 20 } });
    expect(settled(span('large', 'app', large), span('small', 'app', small, { startMillis: 1100 }))).toEqual({
      large: 'billed',
      small: 'billed',
    });
    const mini = call({ requestModel: 'gpt-5-mini-pro', responseModel: undefined });
    expect(settled(span('a', 'app', call()), span('b', 'app', mini))).toEqual({ a: 'billed', b: 'billed' });
  });

  it('bill a call and its repetition out of another cache once', () => {
    const answered = call({ responseId: 'chatcmpl-1234' });
    const cached = call({ responseId: 'chatcmpl-1234', answeredFromCache: true });
    expect(
      settled(
        span('origin', '', answered),
        span('hit', '', cached, { traceId: 'u', service: 'replica', startMillis: 4000, endMillis: 4005 }),
      ),
    ).toEqual({ hit: 'answered_from_cache origin', origin: 'billed' });
  });

  it('bill an agent by its own usage when no call inside tells any', () => {
    expect(settled(span('agent', '', hosted), span('call', 'agent', silent))).toEqual({
      agent: 'billed',
      call: 'billed',
    });
  });
});

describe('agents and caches', () => {
  it('bill an agent that runs at its provider only when no call is seen inside', () => {
    expect(settled(span('agent', '', hosted))).toEqual({ agent: 'billed' });
    expect(
      settled(span('agent', '', hosted), span('tool', 'agent', tool), span('call', 'tool', call())),
    ).toEqual({ agent: 'aggregate_of_model_calls call', call: 'billed' });
    expect(
      verdicts([
        [span('agent', '', hosted)],
        [span('inner', 'step', hosted)],
        [span('step', 'agent', agent)],
      ]),
    ).toEqual({ agent: 'aggregate_of_model_calls inner', inner: 'billed' });
  });

  it('bill nothing when a proxy answered from its cache', () => {
    const answered = call({ responseId: 'chatcmpl-1234' });
    const cached = call({ responseId: 'chatcmpl-1234', answeredFromCache: true });
    expect(
      settled(
        span('original', '', answered, { traceId: 'earlier', startMillis: 1, endMillis: 9 }),
        span('client', '', answered, { startMillis: 90_000, endMillis: 90_010 }),
        span('proxy', 'client', cached, { startMillis: 90_001, endMillis: 90_009 }),
      ),
    ).toEqual({
      client: 'answered_from_cache original',
      original: 'billed',
      proxy: 'answered_from_cache original',
    });
    const hit = span('hit', '', cached, { startMillis: 90_000, endMillis: 90_010 });
    const origin = span('origin', '', answered, { traceId: 'earlier', startMillis: 1, endMillis: 9 });
    expect(verdicts([[hit], [origin]])).toEqual(verdicts([[origin], [hit]]));
    expect(settled(span('proxy', '', call({ answeredFromCache: true })))).toEqual({
      proxy: 'answered_from_cache ?',
    });
  });
});

describe('the window', () => {
  it('says nothing new about a span that is delivered again', () => {
    const deduplicator = new CallDeduplicator<string>(WINDOW);
    expect(deduplicator.add([span('a', '', call())], 0)).toHaveLength(1);
    expect(deduplicator.add([span('a', '', call())], 1)).toEqual([]);
    expect(deduplicator.verdict('t', 'a')).toEqual({ billed: true });
  });

  it('keeps what a span said first', () => {
    const deduplicator = new CallDeduplicator<string>(WINDOW);
    deduplicator.add([span('a', '', undefined)], 0);
    expect(deduplicator.add([span('a', '', call())], 1)).toEqual([]);
    expect(deduplicator.verdict('t', 'a')).toBeUndefined();
  });

  it('takes no verdict back that rests on what it has forgotten', () => {
    const deduplicator = new CallDeduplicator<string>({ millis: 10, spansMax: 100 });
    const answered = call({ responseId: 'gen-1234567890' });
    deduplicator.add(
      [span('gateway', '', answered, { traceId: 'u', service: 'gateway', endMillis: 1500 })],
      0,
    );
    deduplicator.add([span('app', '', answered)], 5);
    expect(deduplicator.verdict('t', 'app')).toMatchObject({ billedSpanId: 'gateway' });
    expect(deduplicator.add([span('late', 'app', undefined)], 12)).toEqual([]);
    expect(deduplicator.verdict('t', 'app')).toMatchObject({ billedSpanId: 'gateway' });
  });

  it('takes no verdict back within a nest of which it has forgotten a part', () => {
    const deduplicator = new CallDeduplicator<string>({ millis: 1e9, spansMax: 4 });
    deduplicator.add([span('inner', 'outer', call()), span('outer', '', call())], 0);
    expect(deduplicator.verdict('t', 'outer')).toMatchObject({ billedSpanId: 'inner' });
    deduplicator.add([span('x', 'late', agent), span('y', '', agent)], 0);
    expect(deduplicator.verdict('t', 'inner')).toBeUndefined();
    expect(deduplicator.add([span('late', 'outer', undefined)], 0)).toEqual([]);
    expect(deduplicator.verdict('t', 'outer')).toMatchObject({ billedSpanId: 'inner' });
  });

  it('is bounded, whether by many traces or by one long one', () => {
    const deduplicator = new CallDeduplicator<string>({ millis: 1e9, spansMax: 50 });
    for (let index = 0; index < 500; index++) {
      deduplicator.add([span(`s${index}`, 'root', call(), { traceId: `t${index}` })], index);
      deduplicator.add([span(`l${index}`, 'root', call(), { traceId: 'long' })], index);
    }
    expect(deduplicator.size).toBeLessThanOrEqual(50);
  });
});

const readings = fc.constantFrom(
  call(),
  call(),
  call({ responseId: 'chatcmpl-1234' }),
  call({ responseId: 'chatcmpl-5678' }),
  call({ responseId: 'chatcmpl-1234', answeredFromCache: true }),
  call({ usage: { input: 1200, output: 350 }, usageIncomplete: 'upper_bound' }),
  call({ usage: { input: 4, output: 3 }, usageSource: 'estimated' }),
  call({ operation: 'embeddings', usage: { input: 12 } }),
  silent,
  failed,
  agent,
  hosted,
  tool,
  undefined,
);
const spans = fc
  .array(
    fc.record({
      parent: fc.nat(),
      reading: readings,
      scope: fc.constantFrom('x', 'y', 'z'),
      trace: fc.constantFrom('t', 't', 'u'),
      service: fc.constantFrom('app', 'app', 'proxy'),
      start: fc.constantFrom(1000, 1001, 1400, 8000),
      length: fc.constantFrom(10, 500, 1000),
    }),
    { minLength: 1, maxLength: 10 },
  )
  .map((nodes) =>
    nodes.map(({ parent, reading, scope, service, trace, start, length }, index) =>
      span(`s${index}`, index === 0 || parent % 4 === 0 ? '' : `s${parent % index}`, reading, {
        traceId: trace,
        scopeName: scope,
        service,
        startMillis: start,
        endMillis: start + length,
      }),
    ),
  );

describe('the bill', () => {
  it('is the same for any order of spans and any split into batches', () => {
    fc.assert(
      fc.property(
        spans,
        fc.array(fc.nat(), { minLength: 10, maxLength: 10 }),
        fc.nat(),
        (all, keys, split) => {
          const shuffled = all
            .map((each, index) => ({ each, key: keys[index] ?? 0 }))
            .sort((left, right) => left.key - right.key)
            .map(({ each }) => each);
          const at = split % (all.length + 1);
          const expected = settled(...all);
          expect(settled(...shuffled)).toEqual(expected);
          expect(verdicts([shuffled.slice(0, at), shuffled.slice(at)])).toEqual(expected);
          expect(verdicts(shuffled.map((each) => [each]))).toEqual(expected);
          expect(verdicts([all, shuffled, all])).toEqual(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is not changed by unrelated spans', () => {
    fc.assert(
      fc.property(spans, spans, (all, others) => {
        const elsewhere = others.map((each) => ({
          ...each,
          reading:
            each.reading?.kind === 'model_call'
              ? call({ ...each.reading.call, responseId: undefined })
              : each.reading,
          traceId: `other ${each.traceId}`,
          service: 'other',
          subject: `other ${each.subject}`,
        }));
        const mixed = settled(...elsewhere, ...all);
        for (const [subject, verdict] of Object.entries(settled(...all)))
          expect(mixed[subject]).toBe(verdict);
      }),
    );
  });

  it('names a billed span for every duplicate', () => {
    fc.assert(
      fc.property(spans, (all) => {
        const result = settled(...all);
        for (const verdict of Object.values(result)) {
          if (verdict === 'billed' || verdict.startsWith('a')) continue;
          expect(result[verdict.split(' ')[1] ?? '']).toBe('billed');
        }
      }),
    );
  });
});
