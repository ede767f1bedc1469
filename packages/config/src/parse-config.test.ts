import { parseMoney } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { formatConfigErrors } from './config-error.ts';
import type { CostspanConfig } from './costspan-config.ts';
import { type ConfigResult, defaultConfig, parseConfig } from './parse-config.ts';

function parse(text: string, env: Record<string, string> = {}): ConfigResult {
  return parseConfig(text, { sourceName: 'costspan.yaml', env });
}

function effective(result: ConfigResult): CostspanConfig {
  if (!result.ok) throw new Error(formatConfigErrors(result.errors));
  return result.config;
}

function errorsOf(text: string, env: Record<string, string> = {}): string {
  const result = parse(text, env);
  return result.ok ? '' : formatConfigErrors(result.errors);
}

const WHOLE_FILE = `
version: 1
currency: USD
prices:
  overlays: [./prices.acme.yaml]
  approximate_match: forbid
  provider_reported_cost: ignore
  age_days_max: 30
  update: { url: "https://prices.example.com/book.json", allowed_hosts: [prices.example.com] }
overhead: { percent: 12.5, reviewed: 2026-10-01 }
attribution:
  feature: [app.feature]
  tenant: [tenant.id, customer]
  labels_max: 50
thresholds:
  - { name: expensive-summary, feature: summarize, request_cost: "0.05" }
  - { name: any, request_cost: "1" }
emit: [costspan, openlit]
sampling: { meter_unsampled: false }
wire:
  enabled: false
  endpoints:
    - { address: "10.0.3.7:8000", provider: vllm }
    - { address: proxy.internal, path_prefix: /chat, ignore: true }
metrics: { series_max: 500 }
gateway:
  listen: "[::1]:0"
  tls: { cert_file: gateway.crt, key_file: gateway.key, client_ca_file: clients.crt, min_version: '1.3' }
  auth: { tokens_file: tokens.yaml }
  forward:
    endpoint: "https://127.0.0.1:4319"
    mode: best_effort
    headers_file: headers.yaml
    tls: { ca_file: ca.crt, cert_file: client.crt, key_file: client.key }
  body_bytes_max: 1048576
  timeouts: { headers_seconds: 5, request_seconds: 20, idle_seconds: 60 }
store: { kind: duckdb, path: /var/lib/costspan }
pools:
  - name: llama-70b
    owner: ml-platform
    match: { service.name: vllm-llama, gen_ai.response.model: [llama-*, Llama-*], server.port: 8000 }
    instance: { type: p5.48xlarge, count: 2 }
    gpus: 16
    replicas: 4
    replica_keys: [k8s.pod.name]
    rates:
      - { from: 2026-01-01, per_hour: "98.32" }
      - { from: "2026-07-01T06:00:00Z", per_hour: 86.5, currency: USD }
    method: time_share
    basis: slots
    capacity: 256
    idle: reserved
    reserved: [{ tenant: search, share: 3 }, { tenant: chat, share: 1 }]
    overhead: { percent: 5, reviewed: 2026-10-02 }
    window_seconds: 300
    lateness_seconds: 60
    late: idle_only
    final_after_hours: 48
    token_weights: { input: 0.5, cached: 0.1, output: 3 }
    devices: { Hostname: [gpu-1, gpu-2] }
    servers: { namespace: inference }
`;

test('reads every key', () => {
  expect(effective(parse(WHOLE_FILE))).toEqual({
    version: 1,
    currency: 'USD',
    prices: {
      overlays: ['./prices.acme.yaml'],
      approximateMatch: 'forbid',
      providerReportedCost: 'ignore',
      ageDaysMax: 30,
      update: {
        url: 'https://prices.example.com/book.json',
        allowedHosts: ['prices.example.com'],
        publicKeys: [],
        everyHours: 24,
        path: './costspan-prices',
      },
    },
    overhead: { percent: '12.5', reviewed: '2026-10-01' },
    attribution: { feature: ['app.feature'], tenant: ['tenant.id', 'customer'], labelsMax: 50 },
    thresholds: [
      { name: 'expensive-summary', feature: 'summarize', requestCost: 50_000_000_000n },
      { name: 'any', requestCost: parseMoney('1') },
    ],
    emit: ['costspan', 'openlit'],
    sampling: { meterUnsampled: false },
    wire: {
      enabled: false,
      endpoints: [
        { address: '10.0.3.7:8000', provider: 'vllm', ignore: false },
        { address: 'proxy.internal', pathPrefix: '/chat', ignore: true },
      ],
    },
    metrics: { seriesMax: 500 },
    gateway: {
      listen: { host: '::1', port: 0 },
      tls: {
        certFile: 'gateway.crt',
        keyFile: 'gateway.key',
        clientCaFile: 'clients.crt',
        minVersion: '1.3',
      },
      auth: { tokensFile: 'tokens.yaml' },
      forward: {
        endpoint: 'https://127.0.0.1:4319',
        mode: 'best_effort',
        headersFile: 'headers.yaml',
        tls: { caFile: 'ca.crt', certFile: 'client.crt', keyFile: 'client.key' },
      },
      bodyBytesMax: 1_048_576,
      timeouts: { headersSeconds: 5, requestSeconds: 20, idleSeconds: 60 },
    },
    store: { kind: 'duckdb', path: '/var/lib/costspan' },
    pools: [
      {
        name: 'llama-70b',
        owner: 'ml-platform',
        match: {
          'service.name': ['vllm-llama'],
          'gen_ai.response.model': ['llama-*', 'Llama-*'],
          'server.port': ['8000'],
        },
        instance: { type: 'p5.48xlarge', count: 2 },
        gpus: 16,
        replicas: 4,
        replicaKeys: ['k8s.pod.name'],
        rates: [
          { fromUnixNano: 1_767_225_600_000_000_000n, perHour: parseMoney('98.32') },
          { fromUnixNano: 1_782_885_600_000_000_000n, perHour: parseMoney('86.5') },
        ],
        method: 'time_share',
        basis: 'slots',
        capacity: 256,
        idle: 'reserved',
        reserved: [
          { tenant: 'search', share: 3 },
          { tenant: 'chat', share: 1 },
        ],
        overhead: { percent: '5', reviewed: '2026-10-02' },
        windowSeconds: 300,
        latenessSeconds: 60,
        late: 'idle_only',
        finalAfterHours: 48,
        tokenWeights: { input: 0.5, cached: 0.1, output: 3 },
        devices: { Hostname: ['gpu-1', 'gpu-2'] },
        servers: { namespace: ['inference'] },
      },
    ],
  });
});

test('an empty file, and keys without a value, give the defaults', () => {
  const defaults = effective(defaultConfig());
  expect(defaults.gateway.listen).toEqual({ host: '127.0.0.1', port: 4318 });
  expect(defaults.gateway.forward).toBeUndefined();
  expect(defaults.attribution.labelsMax).toBe(200);
  expect(effective(parse(''))).toEqual(defaults);
  expect(effective(parse('# nothing\n'))).toEqual(defaults);
  expect(effective(parse('gateway:\n  listen:\nthresholds:\n'))).toEqual(defaults);
});

test.each<[string, string]>([
  ['version: 2', 'costspan.yaml:1:1: version: only 1 is supported in this version'],
  ['currency: EUR', 'costspan.yaml:1:1: currency: only USD is supported in this version'],
  ['emit: []\ngatway: {}', 'costspan.yaml:2:1: gatway: unknown key; did you mean "gateway"?'],
  ['listen: x', 'costspan.yaml:1:1: listen: unknown key; did you mean "gateway.listen"?'],
  [
    'attribution:\n  labelsMax: 5',
    'costspan.yaml:2:3: attribution.labelsMax: unknown key; did you mean "labels_max"?',
  ],
  [
    'store: { colour: red }',
    'costspan.yaml:1:10: store.colour: unknown key; known here are kind, path, url, token_file',
  ],
  ['unit_costs: []', 'costspan.yaml:1:1: unit_costs: not supported in this version; remove it'],
  ['overhead: { percent: 12 }', 'costspan.yaml:1:1: overhead.reviewed: is missing; add a text'],
  [
    'overhead: { percent: -1, reviewed: 2026-10-01 }',
    'costspan.yaml:1:13: overhead.percent: "-1" is not a decimal of at most 12 places that is not negative; ' +
      'write for instance "12.5"',
  ],
  [
    'prices: { update: { url: "http://a.example", allowed_hosts: [a.example] } }',
    'costspan.yaml:1:21: prices.update.url: "http://a.example" is not an https address',
  ],
  [
    'store: { kind: clickhouse }',
    'costspan.yaml:1:10: store.kind: clickhouse is not supported in this version; use duckdb',
  ],
  [
    'prices:\n  approximate_match: alow',
    'costspan.yaml:2:3: prices.approximate_match: must be one of allow, forbid; did you mean "allow"?',
  ],
  ['sampling: true', 'costspan.yaml:1:1: sampling: must be a mapping of keys, not true or false'],
  ['- 1', 'costspan.yaml:1:1: must be a mapping of keys, not a list'],
  ['attribution: { tenant: [] }', 'costspan.yaml:1:16: attribution.tenant: must not be empty'],
  ['attribution: { labels_max: 0 }', 'costspan.yaml:1:16: attribution.labels_max: must be at least 1'],
  ['metrics: { series_max: 1.5 }', 'costspan.yaml:1:12: metrics.series_max: must be a whole number, not 1.5'],
  [
    'thresholds:\n  - name: a\n    request_cost: 0.05',
    'costspan.yaml:3:5: thresholds[0].request_cost: must be a text; write it in quotes: "0.05"',
  ],
  [
    'thresholds: [{ name: a, request_cost: "0" }]',
    'costspan.yaml:1:25: thresholds[0].request_cost: "0" is not an amount; write a positive decimal with at ' +
      'most 12 places, such as "0.05"',
  ],
  ['thresholds: [{ request_cost: "1" }]', 'costspan.yaml:1:14: thresholds[0].name: is missing; add a text'],
  [
    'thresholds:\n  - { name: a, request_cost: "1" }\n  - { name: a, request_cost: "2" }',
    'costspan.yaml:3:7: thresholds[1].name: another threshold is already named "a"; give each a name of its own',
  ],
  ['emit: [langfuse, langfuse]', 'costspan.yaml:1:18: emit[1]: "langfuse" is listed twice; remove one'],
  [
    'gateway: { listen: 4318 }',
    'costspan.yaml:1:12: gateway.listen: must be a text; write it in quotes: "4318"',
  ],
  [
    'gateway: { listen: "localhost:65536" }',
    'costspan.yaml:1:12: gateway.listen: "localhost:65536" is not an address; write HOST:PORT, such as ' +
      '"127.0.0.1:4318" or "[::1]:4318"',
  ],
  [
    'gateway: { forward: { endpoint: "ftp://x" } }',
    'costspan.yaml:1:23: gateway.forward.endpoint: "ftp://x" is not an http or https address; write for ' +
      'instance "http://127.0.0.1:4319"',
  ],
  [
    'wire: { endpoints: [{ address: "http://10.0.3.7:8000" }] }',
    'costspan.yaml:1:23: wire.endpoints[0].address: "http://10.0.3.7:8000" is not an address; write HOST or HOST:PORT, ' +
      'such as "10.0.3.7:8000"',
  ],
  ['a: b: c', 'costspan.yaml:1:4: not valid YAML: Nested mappings are not allowed in compact mappings'],
  ['{a: 1, a: 2}', 'costspan.yaml:1:8: not valid YAML: Map keys must be unique'],
  ['a: 1\n---\nb: 1', 'costspan.yaml:2:1: the file has a second YAML document; keep one'],
  ['&a [*a]', 'costspan.yaml:1:1: an alias contains itself; write the values out'],
  [
    '__proto__: {}',
    'costspan.yaml:1:1: __proto__: unknown key; known here are version, currency, prices, overhead, ' +
      'attribution, thresholds, emit, sampling, wire, metrics, gateway, store, pools',
  ],
])('refuses %j', (text, expected) => {
  expect(errorsOf(text)).toBe(expected);
});

test('refuses semconv beside openlit and says why', () => {
  expect(errorsOf('emit: [semconv, openlit]')).toContain('is a prefix of gen_ai.usage.cost.amount');
});

test('does not repeat a password that stands in an address', () => {
  const errors = errorsOf('gateway: { forward: { endpoint: "http://user:hunter2@host" } }');
  expect(errors).toContain('must not contain a user name or password');
  expect(errors).not.toContain('hunter2');
});

test('reports all errors, in the order of the file', () => {
  const lines = errorsOf('unit_costs: []\nemit: 1\nversion: 3').split('\n');
  expect(lines.map((line) => line.split(': ')[0])).toEqual([
    'costspan.yaml:1:1',
    'costspan.yaml:2:1',
    'costspan.yaml:3:1',
  ]);
});

test('argument wins over environment, environment over file, file over default', () => {
  const file = 'gateway: { listen: "127.0.0.1:1" }\nstore: { path: from-file }';
  const env = { COSTSPAN_LISTEN: '127.0.0.1:2', COSTSPAN_EMIT: 'costspan, logfire', COSTSPAN_STORE_PATH: '' };
  const overrides = [{ source: '--listen', path: ['gateway', 'listen'], value: '127.0.0.1:3' }];
  const portOf = (result: ConfigResult): number => effective(result).gateway.listen.port;
  expect(portOf(parse(file))).toBe(1);
  expect(portOf(parse(file, env))).toBe(2);
  expect(portOf(parseConfig(file, { sourceName: 'costspan.yaml', env, overrides }))).toBe(3);
  expect(effective(parse(file, env)).store.path).toBe('from-file');
  expect(effective(parse(file, env)).emit).toEqual(['costspan', 'logfire']);
});

test('the environment alone configures forwarding and sampling', () => {
  const { gateway, sampling } = effective(
    defaultConfig({ COSTSPAN_FORWARD_ENDPOINT: 'http://collector:4318', COSTSPAN_METER_UNSAMPLED: 'false' }),
  );
  expect(gateway.forward).toEqual({ endpoint: 'http://collector:4318', mode: 'required' });
  expect(sampling.meterUnsampled).toBe(false);
});

test('an error in a variable or an argument names it', () => {
  expect(errorsOf('', { COSTSPAN_METER_UNSAMPLED: 'yes' })).toBe(
    'COSTSPAN_METER_UNSAMPLED: sampling.meter_unsampled: must be true or false, not a text',
  );
  expect(errorsOf('gateway: { listen: "127.0.0.1:1" }', { COSTSPAN_LISTEN: 'foo' })).toMatch(
    /^COSTSPAN_LISTEN: gateway\.listen: "foo"/,
  );
  const overrides = [{ source: '--data', path: ['store', 'path'], value: '' }];
  const env = { COSTSPAN_STORE_PATH: 'x' };
  const result = parseConfig('', { sourceName: 'costspan.yaml', env, overrides });
  expect(!result.ok && formatConfigErrors(result.errors)).toBe('--data: store.path: must not be empty');
});

test('warns of unknown variables, not of those that Kubernetes adds for a service', () => {
  const { warnings } = parse('', {
    COSTSPAN_LISTN: 'x',
    COSTSPAN_CONFIG: 'a.yaml',
    COSTSPAN_SERVICE_HOST: '10.0.0.1',
    COSTSPAN_GATEWAY_SERVICE_PORT_OTLP: '4318',
    COSTSPAN_PORT_4318_TCP_ADDR: '10.0.0.1',
    OTHER: 'x',
  });
  expect(warnings.map(({ source }) => source)).toEqual(['COSTSPAN_LISTN']);
});

test('no text makes it throw', () => {
  const keys = fc.constantFrom(
    'emit',
    'gateway',
    'thresholds',
    'listen',
    'a',
    '__proto__',
    'constructor',
    '0',
  );
  const tree = fc.object({ key: fc.oneof(keys, fc.string()), maxDepth: 4 }).map((value) => stringify(value));
  const yamlish = fc
    .array(
      fc.constantFrom('emit', ':', ' ', '\n', '-', '[', ']', '{', '}', '&a', '*a', '"', '|', '!', '<<', '1'),
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), yamlish, tree), (text) => {
      const result = parse(text);
      if (!result.ok) expect(formatConfigErrors(result.errors)).toMatch(/^costspan\.yaml:\d+:\d+: /);
    }),
    { numRuns: 300 },
  );
  for (const text of ['['.repeat(5_000), '{a: '.repeat(5_000), 'x'.repeat(2 ** 21)]) {
    expect(parse(text).ok).toBe(false);
  }
});
