import { canonicalProvider } from '@costspan/cost-model';
import { providerAtHost } from '@costspan/semconv';
import type { WireAnswer, WireRequest, WireResponseHead } from '../wire-format.ts';
import { shortText } from './short-text.ts';

/** Portkey's `@name` is the operator's own name for a set of credentials. */
const PLAIN_NAME = /^[a-z][\w.-]*$/i;

/**
 * What a proxy's response headers say of the call behind it: whose API it went to, and whether it was made at all.
 *
 * - LiteLLM names the address that it called, Portkey and Hugging Face's router the provider.
 * - Cloudflare, Portkey, OpenRouter and LiteLLM say when the answer is one that they had kept.
 *
 * What LiteLLM says that a call costs comes from a price list of its own and is not read.
 *
 * @see https://docs.litellm.ai/docs/proxy/response_headers
 * @see https://developers.cloudflare.com/ai-gateway/features/caching/
 * @see https://portkey.ai/docs/product/ai-gateway/cache-simple-and-semantic
 */
export function proxiedCall(
  head: WireResponseHead,
  { provider, serverAddress }: WireRequest,
): Pick<WireAnswer, 'provider' | 'answeredFromCache'> {
  return {
    provider: proxiedProvider(head, provider, serverAddress),
    answeredFromCache: isFromCache(head) || undefined,
  };
}

function proxiedProvider(
  head: WireResponseHead,
  provider: string,
  serverAddress: string,
): string | undefined {
  const routed = provider === 'huggingface' ? shortText(head.header('x-inference-provider')) : undefined;
  if (routed !== undefined) return `huggingface_${routed.toLowerCase()}`;
  if (providerAtHost(serverAddress) !== undefined) return undefined;
  const base = shortText(head.header('x-litellm-model-api-base'));
  const host = base === undefined ? undefined : URL.parse(base)?.hostname;
  if (host !== undefined) return providerAtHost(host);
  const named = shortText(head.header('x-portkey-provider'));
  return named === undefined || !PLAIN_NAME.test(named) ? undefined : canonicalProvider(named);
}

function isFromCache(head: WireResponseHead): boolean {
  const states = ['cf-aig-cache-status', 'x-portkey-cache-status', 'x-openrouter-cache-status'];
  if (states.some((name) => /\bhit\b/i.test(head.header(name) ?? ''))) return true;
  return shortText(head.header('x-litellm-cache-key')) !== undefined;
}
