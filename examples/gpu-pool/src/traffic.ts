import { setTimeout as delay } from 'node:timers/promises';

/** One question of a user, and when it is asked. */
export interface PlannedRequest {
  readonly atMillis: number;
  readonly tenant: string;
  readonly promptCharacters: number;
  readonly outputTokens: number;
  readonly stream: boolean;
}

export const CHARACTERS_PER_TOKEN = 4;
const TENANTS = [
  { name: 'acme', weight: 6, promptTokens: 120, outputTokens: 24 },
  { name: 'globex', weight: 3, promptTokens: 900, outputTokens: 60 },
  { name: 'initech', weight: 1, promptTokens: 300, outputTokens: 110 },
] as const;
const WEIGHT_TOTAL = TENANTS.reduce((sum, { weight }) => sum + weight, 0);

/** Steady traffic, a pause in which the GPUs idle, a burst that has to queue, and steady traffic again. */
const PHASES = [
  { fromMillis: 0, untilMillis: 5000, requestsPerSecond: 5 },
  { fromMillis: 8500, untilMillis: 8500, burst: 30 },
  { fromMillis: 9500, untilMillis: 13_500, requestsPerSecond: 6 },
] as const;

/** The same requests for the same seed: Poisson arrivals, and lengths with a long tail. */
export function planTraffic(seed: number): PlannedRequest[] {
  const random = seededRandom(seed);
  const exponential = (): number => -Math.log(1 - random());
  const requestAt = (atMillis: number): PlannedRequest => {
    const tenant = pickTenant(random());
    return {
      atMillis,
      tenant: tenant.name,
      promptCharacters: Math.ceil(tenant.promptTokens * (0.3 + exponential())) * CHARACTERS_PER_TOKEN,
      outputTokens: Math.ceil(tenant.outputTokens * Math.min(4, 0.2 + exponential())),
      stream: random() < 0.5,
    };
  };
  return PHASES.flatMap((phase) => {
    if ('burst' in phase) return Array.from({ length: phase.burst }, () => requestAt(phase.fromMillis));
    const requests: PlannedRequest[] = [];
    const meanGapMillis = 1000 / phase.requestsPerSecond;
    let atMillis: number = phase.fromMillis;
    while ((atMillis += exponential() * meanGapMillis) < phase.untilMillis)
      requests.push(requestAt(atMillis));
    return requests;
  });
}

/** Asks each question at its time and reads every answer to its end. */
export async function sendTraffic(serviceUrl: string, plan: readonly PlannedRequest[]): Promise<void> {
  const startMillis = performance.now();
  await Promise.all(
    plan.map(async ({ atMillis, tenant, promptCharacters, outputTokens, stream }) => {
      await delay(Math.max(0, startMillis + atMillis - performance.now()));
      const response = await fetch(`${serviceUrl}/chat`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-tenant': tenant },
        body: JSON.stringify({ prompt: 'x'.repeat(promptCharacters), maxTokens: outputTokens, stream }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`the service answered ${response.status}: ${text}`);
    }),
  );
}

function pickTenant(draw: number): (typeof TENANTS)[number] {
  let left = draw * WEIGHT_TOTAL;
  return TENANTS.find(({ weight }) => (left -= weight) < 0) ?? TENANTS[0];
}

/** Park and Miller's generator: enough to spread requests, and the same everywhere. */
export function seededRandom(seed: number): () => number {
  let state = (Math.abs(Math.trunc(seed)) % 2_147_483_646) + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
