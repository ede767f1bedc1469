import type { GpuPool, ModelCall } from '@costspan/cost-model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GpuPoolMatcher, type PoolSubject, replicaOf } from './pool-matcher.ts';

type Attributes = Readonly<Record<string, unknown>>;

function pool(name: string, match: GpuPool['match'], more: Partial<GpuPool> = {}): GpuPool {
  return {
    name,
    owner: undefined,
    match,
    instance: undefined,
    gpus: 1,
    replicas: 1,
    replicaKeys: ['service.instance.id'],
    rates: [],
    method: 'time_share',
    basis: 'concurrency',
    capacity: undefined,
    idle: 'separate',
    reserved: [],
    overhead: undefined,
    windowSeconds: 60,
    latenessSeconds: 900,
    late: 'reopen',
    finalAfterHours: 24,
    tokenWeights: { input: 1, cached: 0, output: 2 },
    devices: {},
    servers: {},
    ...more,
  };
}

function call(more: Partial<ModelCall> = {}): ModelCall {
  return {
    dialect: 'test',
    provider: undefined,
    requestModel: undefined,
    responseModel: undefined,
    operation: 'chat',
    usage: undefined,
    usageSource: 'span',
    responseId: undefined,
    serviceTier: undefined,
    serverAddress: undefined,
    errorType: undefined,
    ...more,
  };
}

function span(attributes: Attributes = {}, resource: Attributes = {}): PoolSubject {
  return { attribute: (key) => attributes[key], resourceAttribute: (key) => resource[key] };
}

function matched(match: GpuPool['match'], subject: PoolSubject, of: ModelCall = call()): boolean {
  return new GpuPoolMatcher([pool('one', match)]).match(of, subject) !== undefined;
}

describe('a key is looked up', () => {
  const model = { 'gen_ai.response.model': ['llama-*'] };

  test('on the span, then on its resource', () => {
    const match = { 'service.name': ['vllm'] };
    expect(matched(match, span({ 'service.name': 'vllm' }))).toBe(true);
    expect(matched(match, span({}, { 'service.name': 'vllm' }))).toBe(true);
    expect(matched(match, span({ 'service.name': 'other' }, { 'service.name': 'vllm' }))).toBe(false);
    expect(matched(match, span())).toBe(false);
  });

  test('in the call, for what dialects write under names of their own', () => {
    expect(matched(model, span(), call({ responseModel: 'llama-70b' }))).toBe(true);
    expect(matched({ 'gen_ai.provider.name': ['vllm'] }, span(), call({ provider: 'vllm' }))).toBe(true);
    expect(matched({ 'server.address': ['10.0.0.7'] }, span(), call({ serverAddress: '10.0.0.7' }))).toBe(
      true,
    );
    expect(matched({ 'gen_ai.request.model': ['llama'] }, span(), call({ requestModel: 'llama' }))).toBe(
      true,
    );
    expect(matched({ dialect: ['test'] }, span())).toBe(false);
  });

  test('and the model that was asked for stands in for an answer that names none', () => {
    expect(matched(model, span(), call({ requestModel: 'llama-70b' }))).toBe(true);
    expect(matched(model, span(), call({ requestModel: 'llama-70b', responseModel: 'qwen' }))).toBe(false);
    expect(matched({ 'gen_ai.request.model': ['qwen'] }, span(), call({ responseModel: 'qwen' }))).toBe(
      false,
    );
  });
});

test('an address fits by its host and with its port', () => {
  const subject = span({ 'server.address': 'llm.internal', 'server.port': 8000 });
  const fits = (pattern: string): boolean => matched({ 'server.address': [pattern] }, subject);
  expect(['llm.internal', 'llm.internal:8000', '*.internal', '*:8000'].map(fits)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['llm.internal:8001', '*:80', 'llm'].map(fits)).toEqual([false, false, false]);
});

test('numbers and booleans are compared as text; lists and empty texts fit nothing', () => {
  expect(matched({ 'server.port': ['8000'] }, span({ 'server.port': 8000 }))).toBe(true);
  expect(matched({ 'server.port': ['8000'] }, span({ 'server.port': 8000n }))).toBe(true);
  expect(matched({ batch: ['true'] }, span({ batch: true }))).toBe(true);
  expect(matched({ tags: ['*'] }, span({ tags: ['a'] }))).toBe(false);
  expect(matched({ tags: ['*'] }, span({ tags: '' }))).toBe(false);
});

test('every key has to fit, by any of its patterns', () => {
  const match = { 'service.name': ['vllm', 'sglang'], zone: ['eu-*'] };
  expect(matched(match, span({ 'service.name': 'sglang', zone: 'eu-1' }))).toBe(true);
  expect(matched(match, span({ 'service.name': 'sglang', zone: 'us-1' }))).toBe(false);
  expect(matched(match, span({ 'service.name': 'sglang' }))).toBe(false);
  expect(matched({}, span())).toBe(false);
});

test('what an upstream processor stamped counts, as long as there is such a pool', () => {
  const matcher = new GpuPoolMatcher([pool('a', { zone: ['a'] }), pool('b', { zone: ['b'] })]);
  const stamped = (name: unknown): string | undefined =>
    matcher.match(call(), span({ 'costspan.gpu.pool': name, zone: 'a' }))?.name;
  expect(stamped('b')).toBe('b');
  expect(stamped('gone')).toBe('a');
  expect(stamped(7)).toBe('a');
});

test('asks for each key once, and for none behind one that does not fit', () => {
  const asked: string[] = [];
  const subject: PoolSubject = {
    attribute: (key) => {
      asked.push(key);
      return key === 'service.name' ? 'vllm' : undefined;
    },
    resourceAttribute: () => undefined,
  };
  const pools = ['a', 'b', 'c'].map((name) => pool(name, { 'service.name': [name], zone: ['*'] }));
  expect(new GpuPoolMatcher(pools).match(call(), subject)).toBeUndefined();
  expect(asked).toEqual(['costspan.gpu.pool', 'service.name']);
  asked.length = 0;
  expect(new GpuPoolMatcher([]).match(call(), subject)).toBeUndefined();
  expect(asked).toEqual([]);
});

describe('the replica', () => {
  const two = pool('two', {}, { replicas: 2, replicaKeys: ['k8s.pod.name', 'service.instance.id'] });
  const resource = { 'k8s.pod.name': 'pod-0', 'service.instance.id': 'id-0' };

  test('is not told apart where there is one', () => {
    expect(replicaOf(pool('one', {}), call(), span({ 'service.instance.id': 'a' }))).toBeUndefined();
  });

  test('is what the first key that is present says', () => {
    expect(replicaOf(two, call(), span({ 'service.instance.id': 'a' }))).toBe('a');
    expect(replicaOf(two, call(), span({ 'service.instance.id': 'a', 'k8s.pod.name': 'p' }))).toBe('p');
    expect(replicaOf(two, call(), span({ 'service.instance.id': '' }))).toBeUndefined();
    expect(replicaOf(two, call(), span({ 'service.instance.id': 7 }))).toBe('7');
  });

  test('is in the resource of a server, and never in that of a client', () => {
    expect(replicaOf(two, call({ usageSource: 'server' }), span({}, resource))).toBe('pod-0');
    expect(replicaOf(two, call({ usageSource: 'server' }), span({ 'k8s.pod.name': 'p' }, resource))).toBe(
      'p',
    );
    expect(replicaOf(two, call({ usageSource: 'wire' }), span({}, resource))).toBeUndefined();
  });

  test('has a name of bounded length', () => {
    expect(replicaOf(two, call(), span({ 'k8s.pod.name': 'p'.repeat(1_000) }))).toHaveLength(256);
  });
});

test('finds what the rules say when they are read one by one', () => {
  const keys = ['a', 'b', 'server.address', 'gen_ai.response.model'];
  const value = fc.constantFrom('', 'x', 'xy', 'y', 'xyx');
  const pattern = fc.constantFrom('x', 'y', 'x*', '*y', '*x*', 'xy:1', '*:1', '*');
  const match = fc.dictionary(fc.constantFrom(...keys), fc.array(pattern, { minLength: 1, maxLength: 2 }), {
    minKeys: 1,
    maxKeys: 3,
  });
  const attributes = fc.dictionary(fc.constantFrom(...keys, 'server.port'), fc.oneof(value, fc.constant(1)));
  fc.assert(
    fc.property(fc.array(match, { maxLength: 4 }), attributes, attributes, (matches, own, resource) => {
      const fields = { responseModel: 'xy', requestModel: 'y', serverAddress: 'xyx' };
      const valuesOf = (key: string): unknown[] => {
        const field = {
          'gen_ai.response.model': fields.responseModel,
          'server.address': fields.serverAddress,
        }[key];
        const found = own[key] === '' || own[key] === undefined ? (field ?? resource[key]) : own[key];
        if (found === undefined || found === '') return [];
        const port = own['server.port'];
        return key === 'server.address' && port !== undefined && port !== ''
          ? [found, `${found}:${port}`]
          : [found];
      };
      const expected = matches.findIndex((rules) =>
        Object.entries(rules).every(([key, patterns]) =>
          patterns.some((written) =>
            valuesOf(key).some((found) =>
              new RegExp(`^${written.replaceAll('*', '.*')}$`).test(String(found)),
            ),
          ),
        ),
      );
      const matcher = new GpuPoolMatcher(matches.map((rules, index) => pool(String(index), rules)));
      expect(matcher.match(call(fields), span(own, resource))?.name).toBe(
        expected === -1 ? undefined : String(expected),
      );
    }),
    { numRuns: 2_000 },
  );
});
