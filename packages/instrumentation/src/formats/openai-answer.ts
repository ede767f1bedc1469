import { canonicalProvider } from '@costspan/cost-model';
import { fieldsOf, gatewayPaidCost, type JsonFields, providerAtHost, tokenCount } from '@costspan/semconv';
import type { WireAnswer, WireRequest, WireResponseHead } from '../wire-format.ts';
import { FinishReasons } from './finish-reasons.ts';
import { statedUsage } from './openai-stated-usage.ts';
import { proxiedCall } from './proxied-call.ts';
import { shortText } from './short-text.ts';

/** Of an error's message, which may quote the prompt, nothing is read; `param` shows that there is an error. */
export const ERROR_FIELDS: readonly string[] = ['error.code', 'error.type', 'error.param'];

/** What the Vercel AI Gateway adds to answers whose usage has no cost. */
export const GATEWAY_FIELDS: readonly string[] = [
  'provider_metadata.gateway.cost',
  'provider_metadata.gateway.marketCost',
  'providerMetadata.gateway.cost',
  'providerMetadata.gateway.marketCost',
];

type Facts = Omit<WireAnswer, 'finishReasons'>;

/** OpenTelemetry's word for an error whose class is not known. */
const OTHER_ERROR = '_OTHER';
/** A class of errors is an identifier; a message is not. */
const ERROR_CLASS = /^[\w.-]{1,64}$/;
/** xAI processes these calls in the United States, at a price of their own: https://docs.x.ai/developers/regions */
const XAI_REGIONAL_HOST = /^([a-z]{2})\.api\.x\.ai$/;
/** Where Cloudflare's gateway has a provider in its path, these say that the model's name has it. */
const PROVIDERS_UNSAID: ReadonlySet<string> = new Set(['compat', 'dynamic']);

/** Puts together what the documents of one answer state; what comes later goes before. */
export class OpenAiAnswer {
  readonly #request: WireRequest;
  readonly #finishReasons = new FinishReasons();
  #facts: Facts;

  constructor(request: WireRequest) {
    this.#request = request;
    const { provider } = request.pathFields;
    this.#facts = {
      isRecognised: false,
      usage: undefined,
      isUsageFinal: false,
      region: XAI_REGIONAL_HOST.exec(request.serverAddress)?.[1],
      provider:
        provider === undefined || PROVIDERS_UNSAID.has(provider) ? undefined : canonicalProvider(provider),
    };
  }

  get request(): WireRequest {
    return this.#request;
  }

  /** Who is known to have answered; what its numbers contain depends on it. */
  get provider(): string {
    return this.#facts.provider ?? this.#request.provider;
  }

  get model(): string | undefined {
    return this.#facts.responseModel ?? shortText(this.#request.bodyFields['model']);
  }

  readHead(head: WireResponseHead): void {
    this.put(proxiedCall(head, this.#request));
  }

  /** What is `undefined` changes nothing. */
  put(facts: Partial<Facts>): void {
    const known = this.#facts as Record<string, unknown>;
    const stated = facts as Record<string, unknown>;
    for (const name in stated) if (stated[name] !== undefined) known[name] = stated[name];
  }

  /** The fields that all answers have under the same names. */
  putNames(document: JsonFields): void {
    this.put({
      responseModel: shortText(document['model']),
      responseId: shortText(document['id']),
      serviceTier: shortText(document['service_tier']),
    });
    this.putGatewayCost(document);
  }

  /** @see https://vercel.com/docs/ai-gateway */
  putGatewayCost(document: JsonFields): void {
    if (this.provider !== 'gateway') return;
    const metadata = fieldsOf(document['provider_metadata'] ?? document['providerMetadata']);
    const gateway = fieldsOf(metadata?.['gateway']);
    this.put({ reportedCost: gatewayPaidCost(gateway?.['cost'], gateway?.['marketCost']) });
  }

  /** @returns whether there was usage. */
  putUsage(usage: unknown, isFinal: boolean): boolean {
    const fields = fieldsOf(usage);
    if (fields === undefined) return false;
    const stated = statedUsage(fields, { provider: this.provider, model: this.model });
    this.put(stated);
    if (stated.usage === undefined) return false;
    // Counts on the way are what was used so far.
    const usageIncomplete = isFinal ? stated.usageIncomplete : 'lower_bound';
    this.#facts = { ...this.#facts, isUsageFinal: isFinal, usageIncomplete };
    return true;
  }

  putFinishReason(reason: unknown): void {
    this.#finishReasons.add(reason);
  }

  get hasFinished(): boolean {
    return this.#finishReasons.size > 0;
  }

  /** The class of an error, and nothing of its message. */
  putError(error: unknown): void {
    const fields = fieldsOf(error);
    if (fields === undefined) return;
    const { code, type } = fields;
    const status = tokenCount(code)?.toString();
    this.put({ errorType: errorClass(code) ?? errorClass(type) ?? status ?? OTHER_ERROR });
  }

  /**
   * A model server of the operator's own, which the answer gives away. Nobody's list price applies to it; where the host
   * or the configuration says whose it is, that is right.
   */
  putModelServer(server: string | undefined): void {
    const { provider, serverAddress } = this.#request;
    if (server === undefined || provider !== 'openai' || providerAtHost(serverAddress) !== undefined) return;
    this.put({ provider: this.#facts.provider ?? server });
  }

  answer(): WireAnswer {
    return { ...this.#facts, finishReasons: this.#finishReasons.list() };
  }
}

function errorClass(value: unknown): string | undefined {
  return typeof value === 'string' && ERROR_CLASS.test(value) ? value : undefined;
}
