import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withOwnTenant as inSteps } from '../src/security/own-tenant.ts';
import { atOnce } from '../src/take-turns.ts';
import { arbitraryRequest } from './arbitrary-requests.ts';
import { decodeProtobuf, encodeJson, encodeProtobuf, type TraceRequestJson } from './otlp-messages.ts';

const KEY = 'costspan.tenant';
const withOwnTenant = (...parameters: Parameters<typeof inSteps>): Uint8Array =>
  atOnce(inSteps(...parameters));
const own = (tenant: string): { key: string; value: { stringValue: string } } => ({
  key: KEY,
  value: { stringValue: tenant },
});

/** Calls back with every list of attributes outside of values: of resources, scopes, spans, events and links. */
function eachAttributes(message: unknown, visit: (attributes: Record<string, unknown>[]) => void): void {
  if (Array.isArray(message)) for (const one of message) eachAttributes(one, visit);
  if (typeof message !== 'object' || message === null) return;
  for (const [name, value] of Object.entries(message)) {
    if (name === 'attributes' && Array.isArray(value)) visit(value as Record<string, unknown>[]);
    else eachAttributes(value, visit);
  }
}

const tenants = fc.constantFrom('acme', 'umbrella', '', 'é', 't'.repeat(128));
const claim = fc.oneof(
  fc.record({ key: fc.constant(KEY), value: fc.record({ stringValue: tenants }) }),
  fc.record({ key: fc.constant(KEY), value: fc.record({ intValue: fc.constantFrom('1', '-1') }) }),
  fc.record({ key: fc.constant(KEY) }),
);
const claims = fc.array(fc.record({ place: fc.nat(), at: fc.nat(), claim }), { maxLength: 6 });

/** A generated request with events and links, and claims at generated places. */
const claimingRequest: fc.Arbitrary<{ request: TraceRequestJson; count: number }> = fc
  .record({ request: arbitraryRequest, claims })
  .map(({ request, claims: generated }) => {
    const copy = structuredClone(request);
    for (const resource of copy.resourceSpans ?? []) {
      for (const scope of resource.scopeSpans ?? []) {
        for (const span of scope.spans ?? []) {
          span['events'] = [{ name: 'an event', attributes: [{ key: 'a', value: { stringValue: KEY } }] }];
          span['links'] = [
            { spanId: '00000000000000aa', attributes: [{ key: 'b', value: { boolValue: true } }] },
          ];
        }
      }
    }
    const lists: Record<string, unknown>[][] = [];
    eachAttributes(copy, (attributes) => lists.push(attributes));
    let count = 0;
    for (const { place, at, claim: one } of generated) {
      const list = lists[place % Math.max(1, lists.length)];
      if (list === undefined) continue;
      list.splice(at % (list.length + 1), 0, structuredClone(one));
      count += 1;
    }
    return { request: copy, count };
  });

function expected(request: TraceRequestJson, tenant: string): TraceRequestJson {
  const copy = structuredClone(request);
  eachAttributes(copy, (attributes) => {
    attributes.forEach((attribute, index) => {
      if (attribute['key'] === KEY) attributes[index] = own(tenant) as Record<string, unknown>;
    });
  });
  return copy;
}

test('in protobuf every claim says the token’s tenant, and all else is as it was', () => {
  fc.assert(
    fc.property(claimingRequest, tenants, ({ request, count }, tenant) => {
      const body = encodeProtobuf(request);
      const result = withOwnTenant(body, 'protobuf', tenant);
      expect(decodeProtobuf(result)).toEqual(expected(decodeProtobuf(body), tenant));
      expect(withOwnTenant(result, 'protobuf', tenant)).toBe(result);
      if (count === 0 && !Buffer.from(body).includes(KEY)) expect(result).toBe(body);
    }),
  );
});

test('in JSON every claim says the token’s tenant, and all else is as it was', () => {
  fc.assert(
    fc.property(claimingRequest, tenants, fc.nat(3), ({ request }, tenant, indent) => {
      const body = Buffer.from(JSON.stringify(request, null, indent));
      const result = withOwnTenant(body, 'json', tenant);
      expect(JSON.parse(Buffer.from(result).toString())).toEqual(expected(request, tenant));
    }),
  );
  const untouched = encodeJson({ resourceSpans: [] });
  expect(withOwnTenant(untouched, 'json', 'acme')).toBe(untouched);
});

test.each<[string, string, string]>([
  ['an escaped name', '{"key":"costspan\\u002etenant","value":{"stringValue":"x"}}', '{OWN}'],
  ['an escaped member', '{"k\\u0065y":"costspan.tenant"}', '{OWN}'],
  ['the value first', '{"value":{"stringValue":"x"},"key":"costspan.tenant"}', '{OWN}'],
  ['a member twice', '{"key":"costspan.tenant","key":"other"}', '{OWN}'],
  ['blanks', '{ "key" :\n\t"costspan.tenant" , "value" : {} }', '{OWN}'],
  [
    'inside of another',
    '{"key":"costspan.tenant","value":{"kvlistValue":{"values":[{"key":"costspan.tenant"}]}}}',
    '{OWN}',
  ],
  [
    'inside of a value',
    '[{"key":"a","value":{"kvlistValue":{"values":[{"key":"costspan.tenant"}]}}}]',
    '[{"key":"a","value":{"kvlistValue":{"values":[{OWN}]}}}]',
  ],
  [
    'a text that names it',
    '{"key":"a","value":{"stringValue":"costspan.tenant"}}',
    '{"key":"a","value":{"stringValue":"costspan.tenant"}}',
  ],
  [
    'a text that looks like it',
    '{"key":"a","b":"{\\"key\\":\\"costspan.tenant\\"}"}',
    '{"key":"a","b":"{\\"key\\":\\"costspan.tenant\\"}"}',
  ],
  ['a longer name', '{"key":"costspan.tenant.tier"}', '{"key":"costspan.tenant.tier"}'],
  ['a list of names', '{"key":["costspan.tenant"]}', '{"key":["costspan.tenant"]}'],
])('JSON: %s', (_what, text, result) => {
  const wanted = result.replaceAll('{OWN}', JSON.stringify(own('acme')));
  expect(Buffer.from(withOwnTenant(Buffer.from(text), 'json', 'acme')).toString()).toBe(wanted);
});

test.each<[string, readonly number[]]>([
  [
    'an overlong length of the key',
    [0x0a, 0x8f, 0x80, 0x00, ...Buffer.from(KEY), 0x12, 0x03, 0x0a, 0x01, 0x78],
  ],
  ['the value first', [0x12, 0x03, 0x0a, 0x01, 0x78, 0x0a, 0x0f, ...Buffer.from(KEY)]],
  ['the key twice', [0x0a, 0x0f, ...Buffer.from(KEY), 0x0a, 0x01, 0x61, 0x12, 0x03, 0x0a, 0x01, 0x78]],
  [
    'two values',
    [
      0x0a,
      0x0f,
      ...Buffer.from(KEY),
      0x12,
      0x06,
      0x0a,
      0x04,
      ...Buffer.from('acme'),
      0x12,
      0x03,
      0x0a,
      0x01,
      0x78,
    ],
  ],
  [
    'fields that nobody knows',
    [0x0a, 0x0f, ...Buffer.from(KEY), 0x1a, 0x01, 0x78, 0x12, 0x03, 0x0a, 0x01, 0x78],
  ],
])('protobuf: %s', (_what, keyValue) => {
  const message = (tag: number, content: readonly number[]): number[] => [tag, content.length, ...content];
  // resource_spans { scope_spans { spans { attributes } } }
  const body = Buffer.from(message(0x0a, message(0x12, message(0x12, message(0x4a, keyValue)))));
  const result = decodeProtobuf(withOwnTenant(body, 'protobuf', 'acme'));
  expect(result.resourceSpans![0]!.scopeSpans![0]!.spans![0]!.attributes).toEqual([own('acme')]);
});

test.each(['protobuf', 'json'] as const)(
  'a large request in %s is looked through in many steps',
  (encoding) => {
    const attributes = Array.from({ length: 200_000 }, (_each, index) =>
      index % 4 === 0 ? own('umbrella') : { key: `key ${index}`, value: { stringValue: 'x'.repeat(20) } },
    );
    const request: TraceRequestJson = { resourceSpans: [{ resource: { attributes } }] };
    const body = encoding === 'json' ? encodeJson(request) : encodeProtobuf(request);
    const steps = inSteps(body, encoding, 'acme');
    let count = 0;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) count += 1;
    expect(count).toBeGreaterThan(15);
    const text = Buffer.from(step.value).toString('latin1');
    expect([text.includes('umbrella'), text.split('acme').length - 1]).toEqual([false, 50_000]);
  },
);
