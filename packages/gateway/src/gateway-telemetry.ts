import type { Attributes, Meter, ObservableResult } from '@opentelemetry/api';
import type { StoreHealth } from '@costspan/store';
import type { ForwardDropReason } from './forward/forward-queue.ts';
import type { ForwardFailure } from './forward/trace-forwarder.ts';

/** Why a trace request was not taken, in fixed words. */
export type RefusalReason =
  | 'starting'
  | 'stopping'
  | 'unauthenticated'
  | 'forbidden'
  | 'unsupported_type'
  | 'unsupported_compression'
  | 'invalid_compression'
  | 'too_large'
  | 'malformed'
  | 'too_many_requests'
  | 'too_many_bytes'
  | 'store_unavailable'
  | 'forward_unavailable'
  | 'forward_refused'
  | 'internal';

/** What is looked at whenever metrics are collected. */
export interface GatewayGauges {
  readonly store: () => StoreHealth;
  readonly inFlight: () => { readonly requests: number; readonly bytes: number };
  readonly forwardQueueBytes: () => number;
  readonly isReady: () => boolean;
}

const REFUSALS: readonly RefusalReason[] = [
  'malformed',
  'too_large',
  'too_many_requests',
  'too_many_bytes',
  'store_unavailable',
  'forward_unavailable',
  'forward_refused',
  'unauthenticated',
];
const FORWARD_FAILURES: readonly (ForwardFailure | 'refused')[] = [
  'busy',
  'misconfigured',
  'refused',
  'timeout',
  'unreachable',
];
const DROPS: readonly ForwardDropReason[] = [...FORWARD_FAILURES, 'queue_full', 'rejected'];
/** From a single flush of a good disk to what clients give up at. */
const SECONDS_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

type Count = (increment: number, attributes?: Attributes) => void;
type Measure = (value: number) => void;

/**
 * What the gateway counts of its own work. Every series that is known beforehand starts at 0, because `increase()` does not
 * see a series' first value.
 */
export class GatewayTelemetry {
  readonly #meter: Meter;
  /** Spans of requests that were answered 200. */
  readonly accepted: Count;
  /** Spans that were given cost attributes. */
  readonly enriched: Count;
  /** Spans that the forward target has. */
  readonly forwarded: Count;
  /** Spans that were accepted and will not reach the forward target. */
  readonly dropped: (increment: number, reason: ForwardDropReason) => void;
  readonly refused: (reason: RefusalReason) => void;
  readonly requests: (status: number) => void;
  readonly records: (increment: number, outcome: RecordOutcome) => void;
  readonly forwardFailures: (reason: ForwardFailure | 'refused') => void;
  readonly commitSeconds: Measure;
  readonly forwardSeconds: Measure;

  constructor(meter: Meter) {
    this.#meter = meter;
    this.accepted = this.#counter('spans.accepted', '{span}', 'Spans of requests that were answered 200.');
    this.enriched = this.#counter('spans.enriched', '{span}', 'Spans that were given cost attributes.');
    this.forwarded = this.#counter('spans.forwarded', '{span}', 'Spans that the forward target has taken.');
    const dropped = this.#counter(
      'spans.dropped',
      '{span}',
      'Spans that were accepted and never reach the forward target.',
      DROPS.map((reason) => ({ reason })),
    );
    this.dropped = (increment, reason) => dropped(increment, { reason });
    const refused = this.#counter(
      'refused',
      '{request}',
      'Trace requests that were not taken, by the reason.',
      REFUSALS.map((reason) => ({ reason })),
    );
    this.refused = (reason) => refused(1, { reason });
    const requests = this.#counter(
      'requests',
      '{request}',
      'Trace requests by the status code of the answer.',
      ['200', '400', '503'].map((code) => ({ code })),
    );
    this.requests = (status) => requests(1, { code: String(status) });
    const records = this.#counter(
      'records',
      '{record}',
      'Model calls by what the store said to their record.',
      RECORD_OUTCOMES.map((outcome) => ({ outcome })),
    );
    this.records = (increment, outcome) => records(increment, { outcome });
    const failures = this.#counter(
      'forward_failures',
      '{request}',
      'Tries that the forward target did not take.',
      FORWARD_FAILURES.map((reason) => ({ reason })),
    );
    this.forwardFailures = (reason) => failures(1, { reason });
    this.commitSeconds = this.#seconds(
      'commit.duration',
      'Time until the records of a request were on disk.',
    );
    this.forwardSeconds = this.#seconds('forward.duration', 'Time until the target had taken a request.');
  }

  /** Gauges of what waits, and whether the gateway is ready. */
  observe({ store, inFlight, forwardQueueBytes, isReady }: GatewayGauges): void {
    this.#gauge('queue.records', '{record}', 'Records that wait for the disk or the database.', (result) =>
      result.observe(store().waitingRecords),
    );
    this.#gauge('queue.size', 'By', 'Bytes that wait, by where.', (result) => {
      result.observe(store().waitingBytes, { queue: 'store' });
      result.observe(forwardQueueBytes(), { queue: 'forward' });
      result.observe(inFlight().bytes, { queue: 'requests' });
    });
    this.#gauge('in_flight', '{request}', 'Trace requests that are worked on.', (result) =>
      result.observe(inFlight().requests),
    );
    this.#gauge('ready', '', '1 when requests are taken, else 0; /readyz says why.', (result) =>
      result.observe(isReady() ? 1 : 0),
    );
  }

  /** What opening the store found lost. */
  recordRecovery(recordsLostAtLeast: number, damages: number): void {
    this.#gauge('recovery.lost', '{record}', 'Records that the last start found lost, at least.', (result) =>
      result.observe(recordsLostAtLeast),
    );
    this.#gauge('recovery.damage', '{place}', 'Damaged places that the last start found.', (result) =>
      result.observe(damages),
    );
  }

  #counter(name: string, unit: string, description: string, known: readonly Attributes[] = [{}]): Count {
    const instrument = this.#meter.createCounter(`costspan.gateway.${name}`, { unit, description });
    for (const attributes of known) instrument.add(0, attributes);
    return (increment, attributes) => {
      if (increment > 0) instrument.add(increment, attributes);
    };
  }

  #seconds(name: string, description: string): Measure {
    const advice = { explicitBucketBoundaries: SECONDS_BOUNDS };
    const options = { unit: 's', description, advice };
    const instrument = this.#meter.createHistogram(`costspan.gateway.${name}`, options);
    return (value) => instrument.record(value);
  }

  #gauge(name: string, unit: string, description: string, read: (result: ObservableResult) => void): void {
    this.#meter.createObservableGauge(`costspan.gateway.${name}`, { unit, description }).addCallback(read);
  }
}

const RECORD_OUTCOMES = ['new', 'redelivered', 'corrected', 'unrecordable'] as const;
export type RecordOutcome = (typeof RECORD_OUTCOMES)[number];
