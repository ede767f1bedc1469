import type { CostRecord } from '@costspan/cost-model';
import type { LedgerEntry } from '@costspan-examples/provider-emulator';
import type { ScenarioAccount } from './run-account.ts';
import { servedPrice } from './served-price.ts';
import { boundOf, leftOpen, usageDifferences } from './usage-differences.ts';

/**
 * What is wrong with a run beside the wire tap: whatever the instrumentation loses, each call that was served has a
 * record with the provider's own usage, down to the last bucket, or one that says why the provider did not state it.
 */
export function wireViolations({ scenario, calls }: ScenarioAccount): string[] {
  return calls.flatMap(({ served, record }) => {
    if (served === undefined) return [];
    const fault = faultOf(served, record, scenario.brokenOff);
    return fault === undefined ? [] : [`${scenario.name}: ${fault}`];
  });
}

function faultOf(
  served: LedgerEntry,
  record: CostRecord | undefined,
  brokenOff: boolean,
): string | undefined {
  if (record === undefined) return 'no record';
  if (isLeftEarly(record, brokenOff)) return undefined;
  if (record.status === 'unpriced') {
    return reasonsFor(served).includes(record.reason ?? '') ? undefined : `unpriced: ${record.reason}`;
  }
  if (record.usageSource !== 'wire') return `usage by ${record.usageSource}`;
  const bound = boundOf(record);
  if (bound !== undefined) return bound;
  const [servedUsage, usage] = [served.usage ?? {}, record.usage ?? {}];
  const faults = [...usageDifferences(servedUsage, usage), ...leftOpen(servedUsage, usage)];
  return faults.length === 0 ? undefined : faults.join(', ');
}

/** Why a call may have no price: its usage was never stated, or there is no price for what was served. */
function reasonsFor(served: LedgerEntry): string[] {
  const price = servedPrice(served);
  return [
    ...(served.streamed && !served.usageReported ? ['stream_usage_not_requested'] : []),
    ...(price.status === 'unpriced' ? [price.reason] : []),
  ];
}

/**
 * Whether a stream that the consumer left was recorded as well as can be: in full where the rest of the answer had come
 * already, and else without a price. Which of the two is a race.
 */
export function isLeftEarly(record: CostRecord, brokenOff: boolean): boolean {
  if (!brokenOff) return false;
  if (record.status === 'unpriced') return LEFT_EARLY_REASONS.has(record.reason ?? '');
  return record.usageSource === 'wire' && boundOf(record) === undefined;
}

/** Two are what the instrumentation says of a connection that is open still when the program ends. */
const LEFT_EARLY_REASONS: ReadonlySet<string> = new Set([
  'stream_ended_early',
  'usage_missing',
  'usage_missing_output_tokens',
]);
