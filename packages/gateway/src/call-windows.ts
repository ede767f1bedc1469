import type { DeduplicationWindow } from '@costspan/semconv';
import { openCallHistory } from './enrich-request.ts';
import type { GatewayCall, GatewayCalls } from './gateway-call.ts';

/** Fewer for each, because there can be as many tenants as tokens. */
const TENANT_SPANS_MAX = 10_000;

/**
 * The calls of the last minutes, apart for each tenant that a token is bound to: what comes with one tenant's token never
 * changes whether another one's call is billed. What comes without such a token is looked at together.
 */
export class CallWindows {
  readonly #window: DeduplicationWindow;
  readonly #shared: GatewayCalls;
  readonly #byTenant = new Map<string, GatewayCalls>();

  constructor(window: DeduplicationWindow) {
    this.#window = window;
    this.#shared = openCallHistory(window);
  }

  /** @param tenant - The one that the request's token is bound to, if it is. */
  of(tenant: string | undefined): GatewayCalls {
    if (tenant === undefined) return this.#shared;
    const known = this.#byTenant.get(tenant);
    if (known !== undefined) return known;
    const { millis, spansMax } = this.#window;
    const opened = openCallHistory({ millis, spansMax: Math.min(spansMax, TENANT_SPANS_MAX) });
    this.#byTenant.set(tenant, opened);
    return opened;
  }

  /** The call of a span, whoever sent it. */
  subject(traceId: string, spanId: string): GatewayCall | undefined {
    for (const calls of [this.#shared, ...this.#byTenant.values()]) {
      const found = calls.subject(traceId, spanId);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
