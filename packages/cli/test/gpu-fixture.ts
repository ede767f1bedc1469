import { COST_RECORD_SCHEMA, type CostRecord, type CostRecordGpu } from '@costspan/cost-model';

/** 2026-11-20T00:00:00Z, in nanoseconds. */
export const DAY = 1_795_132_800_000_000_000n;

/** Two replicas with a GPU each at $3.60 an hour: a second of the pool is $0.001. */
export const CONFIG = `version: 1
pools:
  - name: llama-70b
    owner: platform
    match: { server.address: "10.0.0.7" }
    gpus: 2
    replicas: 2
    capacity: 8
    instance: { type: g6.12xlarge, count: 1 }
    rates:
      - { from: 2026-01-01, per_hour: "3.60" }
    overhead: { percent: 10, reviewed: 2026-11-01 }
    devices: { Hostname: "node-*" }
    servers: { job: vllm }
`;

export interface RequestFields {
  readonly tenant?: string | null;
  readonly replica?: string | null;
  readonly pool?: string;
  readonly traceId?: string;
}

/** A record of a request that ran from one second of the day to another. */
export function gpuRecord(
  spanId: number,
  startSeconds: number,
  endSeconds: number,
  { tenant = 'acme', replica = 'a', pool = 'llama-70b', traceId = 'a'.repeat(32) }: RequestFields = {},
): CostRecord {
  const startUnixNano = String(DAY + BigInt(Math.round(startSeconds * 1e9)));
  const endUnixNano = String(DAY + BigInt(Math.round(endSeconds * 1e9)));
  const gpu: CostRecordGpu = {
    pool,
    replica,
    basis: 'estimated',
    seconds: '1.000000000',
    share: 1,
    used: '0.000000000000',
    slack: '0.000000000000',
    idle: '0.000000000000',
    overhead: '0.000000000000',
    intervals: [{ startUnixNano, endUnixNano, weight: 1 }],
    adjustedCount: 1,
    flags: [],
    late: null,
    windows: [],
  };
  return {
    schema: COST_RECORD_SCHEMA,
    traceId,
    spanId: spanId.toString(16).padStart(16, '0'),
    entrySpanId: null,
    startTimeUnixNano: startUnixNano,
    endTimeUnixNano: endUnixNano,
    service: 'shop',
    environment: null,
    feature: null,
    tenant,
    route: null,
    provider: 'openai',
    requestModel: 'llama-70b',
    model: 'llama-70b',
    operation: 'chat',
    dialect: 'vllm',
    responseId: null,
    serviceTier: null,
    region: null,
    conditions: null,
    errorType: null,
    usage: { input: 100, output: 500 },
    usageSource: 'server',
    usageIncomplete: null,
    usageCorrected: false,
    status: 'priced',
    reason: null,
    reasonDetail: null,
    duplicateOfSpanId: null,
    duplicateOfTraceId: null,
    cost: { currency: 'USD', total: '0.000000000000', lines: [] },
    gpu,
    priceBook: { version: '2026-11-20', digest: 'sha256:0', entry: null, exactMatch: null },
  };
}

/** As a file of records is written. */
export function jsonLines(records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

/** Lines of a table without their padding. */
export function squeezed(text: string): string[] {
  return text.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim());
}
