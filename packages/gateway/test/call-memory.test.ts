/**
 * What a process remembers of calls survives its end: the same requests make the same records, wherever between them it
 * is killed and another one goes on from what was written.
 */
import type { CostRecord } from '@costspan/cost-model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GatewayCall } from '../src/gateway-call.ts';
import { arbitraryRequest } from './arbitrary-requests.ts';
import { clientRequest, serverRequest, testPool, unixNano } from './gpu-spans.ts';
import { MortalGateway, sorted, type Step } from './mortal-gateway.ts';
import { type KeyValue, spansOf, type TraceRequestJson } from './otlp-messages.ts';
import { recordedRequests } from './recorded-requests.ts';
import { modelCallRequest } from './test-gateway.ts';

/** Attributes in which instrumentations put what users and models said. */
const CONTENT_KEYS = [
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.prompt',
  'gen_ai.completion',
  'gen_ai.prompt.0.content',
  'llm.prompts',
  'llm.input_messages.0.message.content',
  'llm.invocation_parameters',
  'input.value',
  'output.value',
  'traceloop.entity.input',
  'ai.prompt',
  'ai.response.text',
  'langfuse.observation.input',
  'exception.message',
  'exception.stacktrace',
  'url.full',
  'url.query',
  'http.target',
  'db.query.text',
];

/** What a bill is made of, whoever it was for. */
function amounts(records: ReadonlyMap<string, CostRecord>): unknown[] {
  return sorted(records).map(({ spanId, status, reason, duplicateOfSpanId, cost }) => ({
    spanId,
    status,
    reason,
    duplicateOfSpanId,
    total: cost?.total,
  }));
}

/** Some spans of a request, each below its resource and scope. */
function part(request: TraceRequestJson, isWanted: (index: number) => boolean): TraceRequestJson {
  let index = 0;
  return {
    resourceSpans: (request.resourceSpans ?? []).map((resource) => ({
      ...resource,
      scopeSpans: (resource.scopeSpans ?? []).map((scope) => ({
        ...scope,
        spans: (scope.spans ?? []).filter(() => isWanted(index++)),
      })),
    })),
  };
}

/** The spans of a request in as many requests as there are numbers, at random, some of them twice. */
function steps(request: TraceRequestJson, canFail: boolean): fc.Arbitrary<Step[]> {
  const count = spansOf(request).length;
  const batches = fc.array(fc.nat({ max: 5 }), { minLength: count, maxLength: count });
  const order = fc.array(fc.nat({ max: 5 }), { minLength: 6, maxLength: 9 });
  const fate = fc.record({ killed: fc.boolean(), fails: canFail ? fc.boolean() : fc.constant(false) });
  return fc
    .tuple(batches, order, fc.array(fate, { minLength: 15, maxLength: 15 }))
    .map(([batchOf, first, fates]) =>
      [...first, 0, 1, 2, 3, 4, 5].map((batch, index) => ({
        request: part(request, (span) => batchOf[span] === batch),
        ...fates[index],
      })),
    );
}

/** What is remembered of the calls of requests, beside what was counted of them. */
function remembered({ calls }: MortalGateway, requests: readonly TraceRequestJson[]): unknown[] {
  const idOf = (kept: GatewayCall | undefined): string | undefined => kept?.span.spanId;
  return requests
    .flatMap((request) => spansOf(request))
    .map(({ traceId, spanId }) => {
      const kept = calls.subject(traceId, spanId);
      if (kept === undefined) return undefined;
      const { outcome, gpu, feature, tenant, entrySpanId, route } = kept.cost ?? {};
      return {
        verdict: calls.verdict(traceId, spanId),
        call: { ...kept.call },
        cost: { outcome, gpu, feature, tenant, entrySpanId, route },
        reports: kept.reports.map(idOf),
        reportOf: idOf(kept.reportOf),
        caller: idOf(kept.caller),
        lateNumber: kept.lateNumber,
      };
    });
}

function expectSameEnd(
  mortal: MortalGateway,
  immortal: MortalGateway,
  requests: readonly TraceRequestJson[],
): void {
  expect(sorted(mortal.records)).toEqual(sorted(immortal.records));
  expect(remembered(mortal, requests)).toEqual(remembered(immortal, requests));
}

async function expectSame(each: readonly Step[]): Promise<void> {
  const immortal = await new MortalGateway().run(each, false);
  const mortal = await new MortalGateway().run(each, true);
  const requests = each.map(({ request }) => request);
  expectSameEnd(mortal, immortal, requests);
  await mortal.restart();
  expectSameEnd(mortal, immortal, requests);
}

const withSpans = recordedRequests.filter(({ request }) => spansOf(request).length > 1);

describe.each(withSpans)('$name', ({ request }) => {
  test('has the same records wherever the process is killed', async () => {
    await fc.assert(
      fc.asyncProperty(steps(request, false), async (each) => expectSame(each)),
      { numRuns: 3 },
    );
  });

  test('has the same bill where writes are refused too', async () => {
    await fc.assert(
      fc.asyncProperty(steps(request, true), async (each) => {
        const immortal = await new MortalGateway().run(each, false);
        const mortal = await new MortalGateway().run(each, true);
        expect(amounts(mortal.records)).toEqual(amounts(immortal.records));
      }),
      { numRuns: 3 },
    );
  });
});

test('requests of every shape have the same records', async () => {
  const step = fc.record({ request: arbitraryRequest, killed: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (each) => expectSame(each)),
    { numRuns: 100 },
  );
});

describe('a call of a GPU pool', () => {
  const served = fc
    .record({ id: fc.nat({ max: 8 }), start: fc.nat({ max: 20 }), seconds: fc.integer({ min: 1, max: 9 }) })
    .map(({ id, start, seconds }) => ({ id, start: start / 4, end: (start + seconds) / 4 }));
  const request = fc.oneof(
    served.map((one) => serverRequest(one)),
    served.map((one) => clientRequest('acme', one)),
  );
  const step = fc.record({ request, killed: fc.boolean(), closed: fc.nat({ max: 6 }) });
  const pools = fc.constantFrom(
    testPool(),
    testPool({ late: 'drop' }),
    testPool({ late: 'idle_only', replicas: 2, basis: 'slots', capacity: 4 }),
    testPool({ match: { 'service.name': ['shop'] } }),
  );

  test('has the same part of the time, and the same place among the late ones', async () => {
    let late = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 20 }), pools, async (each, pool) => {
        const ends: MortalGateway[] = [];
        for (const isMortal of [false, true]) {
          const gateway = new MortalGateway([pool]);
          for (const { request: one, killed, closed } of each) {
            gateway.closedWindows = new Map([['llama', unixNano(closed)]]);
            gateway.receive(one);
            if (isMortal && killed) await gateway.restart();
          }
          ends.push(gateway);
        }
        const [immortal, mortal] = ends;
        const requests = each.map(({ request: one }) => one);
        expectSameEnd(mortal!, immortal!, requests);
        await mortal!.restart();
        expectSameEnd(mortal!, immortal!, requests);
        const lateOnes = sorted(mortal!.records).filter(({ gpu }) => (gpu?.late ?? null) !== null);
        late += lateOnes.length;
      }),
      { numRuns: 100 },
    );
    expect(late).toBeGreaterThan(20);
  });

  test('that was recorded before is known with its time, so that a correction reopens its window', async () => {
    const gateway = new MortalGateway([testPool()]);
    gateway.receive(serverRequest({ id: 1, start: 0, end: 1 }));
    await gateway.restart();
    const [span] = spansOf(serverRequest({ id: 1, start: 0, end: 1 }));
    expect(gateway.calls.subject(span!.traceId, span!.spanId)?.committedGpu?.intervals).toEqual([
      { startUnixNano: String(unixNano(0)), endUnixNano: String(unixNano(1)), weight: 1 },
    ]);
  });
});

test('the place among late calls is known where those before are forgotten', async () => {
  const gateway = new MortalGateway([testPool()]);
  gateway.closedWindows = new Map([['llama', unixNano(100)]]);
  gateway.stepMillis = 0;
  const served = { id: 1, start: 2, end: 3 };
  const requests = [
    clientRequest('acme', served),
    serverRequest(served),
    serverRequest({ ...served, id: 2 }),
  ];
  gateway.receive(serverRequest({ id: 9, start: 0, end: 1 }));
  for (const request of requests) gateway.receive(request);
  const before = remembered(gateway, requests);
  expect(before.filter((call) => (call as GatewayCall).lateNumber !== undefined).length).toBeGreaterThan(1);
  gateway.contexts.shift();
  await gateway.restart();
  expect(remembered(gateway, requests)).toEqual(before);
});

describe('agents and tools', () => {
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const int = (key: string, value: number) => ({ key, value: { intValue: String(value) } });
  const requestOf = (spanId: string, parentSpanId: string, attributes: KeyValue[]): TraceRequestJson => ({
    resourceSpans: [
      {
        scopeSpans: [
          {
            scope: { name: `scope ${spanId}` },
            spans: [
              {
                traceId: 'e'.repeat(32),
                spanId: spanId.repeat(16),
                parentSpanId: parentSpanId.repeat(16),
                name: 'span',
                kind: 3,
                startTimeUnixNano: '1795217778368000000',
                endTimeUnixNano: '1795217778401409584',
                attributes,
              },
            ],
          },
        ],
      },
    ],
  });
  const used = [int('gen_ai.usage.input_tokens', 1200), int('gen_ai.usage.output_tokens', 350)];
  const model = [text('gen_ai.provider.name', 'openai'), text('gen_ai.request.model', 'gpt-5-mini'), ...used];
  const chat = [text('gen_ai.operation.name', 'chat'), ...model];

  async function statuses(...requests: TraceRequestJson[]): Promise<unknown[]> {
    const gateway = new MortalGateway();
    for (const request of requests) {
      gateway.receive(request);
      await gateway.restart();
    }
    return sorted(gateway.records).map(({ status, reason }) => reason ?? status);
  }

  test('an agent is billed until a call is seen inside it', async () => {
    const agent = requestOf('1', '', [text('gen_ai.operation.name', 'invoke_agent'), ...model]);
    expect(await statuses(agent)).toEqual(['priced']);
    expect(await statuses(agent, requestOf('2', '1', chat))).toEqual(['aggregate_of_model_calls', 'priced']);
  });

  test('a call inside a tool is a call of its own', async () => {
    const tool = requestOf('2', '1', [text('gen_ai.operation.name', 'execute_tool')]);
    const other = [
      text('gen_ai.operation.name', 'chat'),
      text('gen_ai.provider.name', 'anthropic'),
      text('gen_ai.request.model', 'claude-sonnet-4-5'),
      int('gen_ai.usage.input_tokens', 9000),
      int('gen_ai.usage.output_tokens', 20),
    ];
    const [outer, inner] = [requestOf('1', '', chat), requestOf('3', '2', other)];
    expect(await statuses(outer, tool, inner)).toEqual(['priced', 'priced']);
    expect(await statuses(outer, requestOf('2', '1', []), inner)).toEqual([
      'duplicate_of_nested_span',
      'priced',
    ]);
  });
});

/** The call again, as an instrumentation inside reports it. */
function innerReport(outer: TraceRequestJson): TraceRequestJson {
  const copy = structuredClone(outer);
  const call = spansOf(copy)[1]!;
  for (const resource of copy.resourceSpans ?? []) {
    for (const scope of resource.scopeSpans ?? []) {
      scope.scope = { name: 'inner' };
      scope.spans = [{ ...call, parentSpanId: call.spanId, spanId: 'cccccccccccccccc' }];
    }
  }
  return copy;
}

test('a report from after the restart takes the bill over, once', async () => {
  const gateway = new MortalGateway();
  const outer = modelCallRequest();
  gateway.receive(outer);
  gateway.receive(outer);
  await gateway.restart();
  gateway.receive(innerReport(outer));
  expect(sorted(gateway.records).map(({ status }) => status)).toEqual(['duplicate', 'priced']);
  expect(gateway.corrected.size).toBe(1);
  await gateway.restart();
  for (const again of [outer, innerReport(outer)]) {
    expect(gateway.receive(again).corrections).toEqual([]);
  }
});

test('a span that is nothing to a bill leads from one call to the other, in a request of its own', async () => {
  const gateway = new MortalGateway();
  const outer = modelCallRequest();
  const inner = innerReport(outer);
  const [between] = spansOf(inner);
  const link: TraceRequestJson = {
    resourceSpans: [
      { scopeSpans: [{ scope: { name: 'net' }, spans: [{ ...between!, name: 'tcp', attributes: [] }] }] },
    ],
  };
  spansOf(inner)[0]!.parentSpanId = between!.spanId;
  spansOf(inner)[0]!.spanId = 'dddddddddddddddd';
  for (const request of [outer, link]) {
    gateway.receive(request);
    await gateway.restart();
  }
  gateway.receive(inner);
  expect(sorted(gateway.records)).toMatchObject([
    { status: 'duplicate', reason: 'duplicate_of_nested_span', duplicateOfSpanId: 'dddddddddddddddd' },
    { status: 'priced' },
  ]);
});

test('no content enters a context', () => {
  const canary = 'kanarienvogel';
  const content = CONTENT_KEYS.map((key) => ({ key, value: { stringValue: `${key} ${canary}` } }));
  const gateway = new MortalGateway([testPool()]);
  const requests = [
    modelCallRequest(2),
    clientRequest('acme', { id: 1, start: 0, end: 1 }),
    serverRequest({ id: 1, start: 0, end: 1 }),
    ...recordedRequests.map(({ request }) => structuredClone(request)),
  ];
  for (const request of requests) {
    for (const span of spansOf(request)) {
      const said = new Set(CONTENT_KEYS);
      span.attributes = [...(span.attributes ?? []).filter(({ key }) => !said.has(key)), ...content];
      span.name = `chat ${canary}`;
      span['traceState'] = `x=${canary}`;
      span.status = { code: 2, message: canary };
      span['events'] = [{ timeUnixNano: '1', name: `exception ${canary}`, attributes: content }];
      span['links'] = [{ traceId: span.traceId, spanId: span.spanId, attributes: content }];
    }
    gateway.receive(request);
  }
  const written = gateway.contexts.map(({ context }) => context).join('\n');
  expect(written).toContain('gpt-5-mini');
  expect(written).not.toContain(canary);
});

test('what is older than the window, over its bound or not readable is left out', async () => {
  const gateway = new MortalGateway();
  const requests = [1, 2, 3, 4].map(() => modelCallRequest());
  for (const request of requests) gateway.receive(request);
  const isKnown = (): boolean[] =>
    requests.map((request) => {
      const call = spansOf(request)[1]!;
      return gateway.calls.subject(call.traceId, call.spanId) !== undefined;
    });
  const spans = spansOf(requests[0]!).length;
  expect(await gateway.restart()).toEqual({ requests: 4, spans: 4 * spans, unreadable: 0 });
  expect(isKnown()).toEqual([true, true, true, true]);

  expect(await gateway.restart({ millis: 15, spansMax: 1000 })).toMatchObject({ requests: 2 });
  expect(isKnown()).toEqual([false, false, true, true]);

  const bounded = await gateway.restart({ millis: 1e9, spansMax: spans });
  expect(bounded).toMatchObject({ requests: 1, spans });
  expect(isKnown()).toEqual([false, false, false, true]);

  const [first, second, ...rest] = gateway.contexts.splice(0);
  const damaged = [
    { ...first!, context: first!.context.slice(0, -1) },
    { ...second!, context: second!.context.replace('"v":1', '"v":2') },
  ];
  gateway.contexts.push(...damaged, ...rest);
  expect(await gateway.restart()).toMatchObject({ requests: 2, unreadable: 2 });
  expect(isKnown()).toEqual([false, false, true, true]);
});

test('no damage to contexts keeps a process from starting', async () => {
  const gateway = new MortalGateway([testPool()]);
  gateway.closedWindows = new Map([['llama', unixNano(100)]]);
  gateway.receive(modelCallRequest());
  gateway.receive(clientRequest('acme', { id: 1, start: 0, end: 1 }));
  const [one, other] = gateway.contexts.splice(0);
  const damage = fc.tuple(
    fc.nat({ max: other!.context.length }),
    fc.string({ maxLength: 3 }),
    fc.nat({ max: 9 }),
  );
  await fc.assert(
    fc.asyncProperty(damage, fc.jsonValue(), async ([at, text, cut], json) => {
      const context = other!.context.slice(0, at) + text + other!.context.slice(at + cut);
      gateway.contexts.splice(0);
      gateway.contexts.push({ ...other!, context }, { ...other!, context: JSON.stringify(json) }, one!);
      const { requests } = await gateway.restart();
      expect(requests).toBeGreaterThan(0);
      gateway.receive(modelCallRequest());
    }),
    { numRuns: 200 },
  );
});
