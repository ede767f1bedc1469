import type { TokenUsage } from '@costspan/cost-model';

export type ProviderApi =
  | 'chat'
  | 'responses'
  | 'embeddings'
  | 'messages'
  | 'converse'
  | 'invoke_model'
  | 'generate_content'
  | 'rerank'
  | 'images'
  | 'transcriptions'
  | 'speech'
  | 'batches';

/** OpenTelemetry's provider names. */
export type ProviderName =
  | 'openai'
  | 'azure.ai.openai'
  | 'anthropic'
  | 'aws.bedrock'
  | 'gcp.gemini'
  | 'gcp.vertex_ai'
  | 'mistral_ai'
  | 'cohere'
  | 'ollama';

/**
 * What became of a request. `dropped`: the connection ended before the answer did, whichever side ended it;
 * the provider bills what it had produced.
 */
export type ServedStatus = 'ok' | 'rate_limited' | 'dropped';

/** One request that reached the provider, and what the provider would bill for it. Holds no content. */
export interface LedgerEntry {
  /** Order of arrival, from 1. */
  readonly sequence: number;
  readonly path: string;
  readonly api: ProviderApi;
  readonly provider: ProviderName;
  readonly requestModel: string;
  readonly responseModel: string;
  /** Null where the provider gives none: a refused request, an embedding. */
  readonly responseId: string | null;
  readonly status: ServedStatus;
  readonly streamed: boolean;
  /** Whether the final usage was put on the wire, so that the client could know it. */
  readonly usageReported: boolean;
  /** The tier that the request asked for by name, in the provider's words; null for the usual one. */
  readonly serviceTier: string | null;
  /** Disjoint buckets without the zeros; null when nothing was served. */
  readonly usage: TokenUsage | null;
  /** From the request's `traceparent` header. */
  readonly traceId: string | null;
  readonly startUnixMillis: number;
}

/** More than any demo run needs; beyond it the emulator refuses requests and so stays bounded. */
const LEDGER_ENTRIES_MAX = 100_000;

/** The truth that a measurement is compared with: every request, in order of arrival. */
export class Ledger {
  readonly #entries: LedgerEntry[] = [];
  #arrived = 0;

  /** The next sequence number, or `undefined` when the ledger is full. */
  admit(): number | undefined {
    if (this.#arrived >= LEDGER_ENTRIES_MAX) return undefined;
    this.#arrived += 1;
    return this.#arrived;
  }

  record(entry: LedgerEntry): void {
    this.#entries.push(entry);
  }

  /** The finished requests. */
  entries(): LedgerEntry[] {
    return this.#entries.toSorted((left, right) => left.sequence - right.sequence);
  }
}
