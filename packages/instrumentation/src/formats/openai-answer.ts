import { canonicalProvider } from '@costspan/cost-model';
import { fieldsOf, type JsonFields, providerAtHost } from '@costspan/semconv';
import type { WireAnswer, WireRequest, WireResponseHead } from '../wire-format.ts';
import { FinishReasons } from './finish-reasons.ts';
import { statedUsage } from './openai-stated-usage.ts';
import { proxiedCall } from './proxied-call.ts';
import { shortText } from './short-text.ts';

type Facts = Omit<WireAnswer, 'finishReasons'>;

/** OpenTelemetry's word for an error whose class is not known. */
const OTHER_ERROR = '_OTHER';
/** A class of errors is an identifier; a message is not. */
const ERROR_CLASS = /^[\w.-]{1,64}$/;
/** `eu.api.openai.com` and `us-east-1.api.x.ai` process calls where they say. */
const REGIONAL_HOST = /^([a-z]{2}(?:-[a-z]+-\d)?)\.api\.(?:openai\.com|x\.ai)$/;
/** Where Cloudflare's gateway has a provider in its path, these say that the model's name has it. */
const PROVIDERS_UNSAID: ReadonlySet<string> = new Set(['compat', 'dynamic']);

/** Puts together what the documents of one answer state; what comes later goes before. */
export class OpenAiAnswer {
  readonly #request: WireRequest;
  readonly #finishReasons = new FinishReasons();
  #facts: Facts;

  constructor(request: WireRequest) {
    this.#request = request;
    const { provider, region } = request.pathFields;
    this.#facts = {
      isRecognised: false,
      usage: undefined,
      isUsageFinal: false,
      region: region ?? REGIONAL_HOST.exec(request.serverAddress)?.[1],
      provider:
        provider === undefined || PROVIDERS_UNSAID.has(provider) ? undefined : canonicalProvider(provider),
    };
  }

  get request(): WireRequest {
    return this.#request;
  }

  get facts(): Facts {
    return this.#facts;
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
    const merged: Record<string, unknown> = { ...this.#facts };
    for (const [name, value] of Object.entries(facts)) if (value !== undefined) merged[name] = value;
    this.#facts = merged as unknown as Facts;
  }

  /** The fields that all answers have under the same names. */
  putNames(document: JsonFields): void {
    this.put({
      responseModel: shortText(document['model']),
      responseId: shortText(document['id']),
      serviceTier: shortText(document['service_tier']),
    });
  }

  /** @returns whether there was usage. */
  putUsage(usage: unknown, isFinal: boolean): boolean {
    const fields = fieldsOf(usage);
    if (fields === undefined) return false;
    const stated = statedUsage(fields, { provider: this.provider, model: this.model });
    this.put(stated);
    if (stated.usage === undefined) return false;
    this.#facts = { ...this.#facts, isUsageFinal: isFinal, usageIncomplete: stated.usageIncomplete };
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
    this.put({ errorType: errorClass(fields['code']) ?? errorClass(fields['type']) ?? OTHER_ERROR });
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
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && ERROR_CLASS.test(value) ? value : undefined;
}
