import { randomBytes, randomInt } from 'node:crypto';
import { costPicoUsd, LEDGER_CALL_KINDS, type LedgerCallKind, type Tokens } from './ledger-calls.ts';
import { spanKey } from './trace-sink.ts';

/** A request of one trace in OTLP/JSON, and what it adds to the ledger once it is acknowledged. */
export interface LedgerRequest {
  readonly body: string;
  readonly spanKeys: readonly string[];
  /** The cost of each model call by its {@link spanKey}, in pico-USD. */
  readonly calls: readonly (readonly [key: string, costPicoUsd: number])[];
}

/** What the sender knows to be acknowledged: its spans, and what each model call cost, by its own arithmetic. */
export class Ledger {
  readonly spanKeys: Set<string> = new Set();
  readonly calls: Map<string, number> = new Map();
  #totalPicoUsd = 0n;

  /** The sum of all calls in pico-USD. */
  get totalPicoUsd(): bigint {
    return this.#totalPicoUsd;
  }

  enter({ spanKeys, calls }: LedgerRequest): void {
    for (const key of spanKeys) this.spanKeys.add(key);
    for (const [key, cost] of calls) {
      this.calls.set(key, cost);
      this.#totalPicoUsd += BigInt(cost);
    }
  }
}

const NANOS_PER_MILLI = 1_000_000n;
const CALL_MILLIS = 400;

/** A server span with model calls below it, one after another and each in another dialect; every id is new. */
export function createLedgerRequest(callCount: number): LedgerRequest {
  const traceId = randomBytes(16).toString('hex');
  const entry = randomBytes(8).toString('hex');
  const endMillis = Date.now();
  const startMillis = endMillis - callCount * CALL_MILLIS;
  const first = randomInt(LEDGER_CALL_KINDS.length);
  const calls = Array.from({ length: callCount }, (_each, index) => {
    const kind = LEDGER_CALL_KINDS[(first + index) % LEDGER_CALL_KINDS.length]!;
    const tokens = randomTokens(kind);
    const times = spanTimes(startMillis + index * CALL_MILLIS, CALL_MILLIS);
    const ids = { traceId, spanId: randomBytes(8).toString('hex') };
    const attributes = keyValues(kind.attributes(tokens));
    const span = { ...ids, parentSpanId: entry, name: kind.spanName, kind: 3, ...times, attributes };
    return { scope: { name: kind.scope }, span, costPicoUsd: costPicoUsd(kind, tokens) };
  });
  const server = {
    traceId,
    spanId: entry,
    name: 'POST /ask',
    kind: 2,
    ...spanTimes(startMillis, callCount * CALL_MILLIS),
    attributes: keyValues({ 'http.route': '/ask', 'costspan.tenant': `tenant-${randomInt(5)}` }),
  };
  const scopeSpans = [
    { scope: { name: 'http' }, spans: [server] },
    ...calls.map(({ scope, span }) => ({ scope, spans: [span] })),
  ];
  const resource = { attributes: keyValues({ 'service.name': 'shop' }) };
  return {
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] }),
    spanKeys: [server, ...calls.map((call) => call.span)].map(spanKey),
    calls: calls.map((call) => [spanKey(call.span), call.costPicoUsd]),
  };
}

function randomTokens(kind: LedgerCallKind): Tokens {
  // Sentry's spans of Gemini do not tell cached tokens.
  const cacheRead = kind.dialect === 'Sentry' ? 0 : randomInt(2000);
  return { input: 1 + randomInt(5000), cacheRead, output: 1 + randomInt(2000) };
}

function spanTimes(startMillis: number, durationMillis: number): Record<string, string> {
  const nanos = (millis: number): string => String(BigInt(millis) * NANOS_PER_MILLI);
  return { startTimeUnixNano: nanos(startMillis), endTimeUnixNano: nanos(startMillis + durationMillis) };
}

function keyValues(attributes: Record<string, string | number>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
}
