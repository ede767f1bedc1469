import {
  type CostRecord,
  describeReason,
  type TokenUsage,
  type UsageBucket,
  type UsageMissing,
} from '@costspan/cost-model';
import type { LedgerEntry, ProviderApi } from '@costspan-examples/provider-emulator';
import { isSameModel } from './match-records.ts';

const API_NAMES: Readonly<Record<ProviderApi, string>> = {
  chat: 'chat completions',
  responses: 'responses',
  embeddings: 'embeddings',
  messages: 'messages',
  converse: 'Converse',
  invoke_model: 'InvokeModel',
  generate_content: 'generateContent',
  rerank: 'rerank',
  images: 'images',
  transcriptions: 'transcriptions',
  speech: 'speech',
  batches: 'batches',
};

/** For instance `openai chat completions, streamed`. */
export function describeServedCall(entry: LedgerEntry): string {
  return `${entry.provider} ${API_NAMES[entry.api]}${entry.streamed ? ', streamed' : ''}`;
}

/** Why the provider never stated what a call used; `undefined` when it did. */
export function unstatedReason(entry: LedgerEntry): UsageMissing | undefined {
  if (entry.usageReported) return undefined;
  return entry.status === 'dropped' ? 'stream_ended_early' : 'stream_usage_not_requested';
}

/** Why less was measured than was served. */
export function describeLoss(entry: LedgerEntry, record: CostRecord | undefined): string {
  if (record === undefined) return entry.status === 'dropped' ? 'no span; the stream was cut off' : 'no span';
  if (!isSameModel(entry, record)) return 'recorded under another model';
  if (record.status === 'unpriced') {
    if (!entry.usageReported) return `not stated, but recorded as ${record.reason ?? 'unpriced'}`;
    return record.reason === null ? 'no reason recorded' : describeReason(record.reason);
  }
  const tooFew = differingKinds(entry, record, (served, recorded) => recorded < served);
  return tooFew === '' ? 'priced at another rate' : `too few tokens reported: ${tooFew}`;
}

/** Why more was measured than was served. */
export function describeExcess(entry: LedgerEntry, record: CostRecord | undefined): string {
  if ((record?.usage?.cacheRead ?? 0) < (entry.usage?.cacheRead ?? 0)) {
    return 'cached tokens not reported, priced as uncached';
  }
  const tooMany = differingKinds(entry, record, (served, recorded) => recorded > served);
  return tooMany === '' ? 'priced at another rate' : `too many tokens reported: ${tooMany}`;
}

/** Kinds of tokens that instrumentations tell apart; not all of them know reasoning or a cache's lifetime. */
const TOKEN_KINDS: ReadonlyMap<string, readonly UsageBucket[]> = new Map([
  ['uncached input', ['input']],
  ['cache reads', ['cacheRead']],
  ['cache writes', ['cacheWrite', 'cacheWrite5m', 'cacheWrite1h']],
  ['output', ['output', 'reasoning']],
]);

function differingKinds(
  entry: LedgerEntry,
  record: CostRecord | undefined,
  differs: (served: number, recorded: number) => boolean,
): string {
  return [...TOKEN_KINDS]
    .filter(([, buckets]) => differs(tokens(entry.usage, buckets), tokens(record?.usage, buckets)))
    .map(([kind]) => kind)
    .join(', ');
}

function tokens(usage: TokenUsage | null | undefined, buckets: readonly UsageBucket[]): number {
  return buckets.reduce((sum, bucket) => sum + (usage?.[bucket] ?? 0), 0);
}
