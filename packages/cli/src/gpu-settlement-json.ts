import { once } from 'node:events';
import { formatMoney, moneyFromPico } from '@costspan/cost-model';
import type { SettleFinding } from './gpu-settle-collector.ts';
import type { SettleCounts } from './gpu-settle-counts.ts';
import type { GpuSettlement, SettledRequest } from './gpu-settlement.ts';
import { isoInstant } from './iso-instant.ts';

const CHUNK_CHARACTERS = 64 * 1024;
const PICO_PER_NANO = 1000n;

/**
 * Writes a settlement as one document, `costspan.gpu_settlement.v1`, part by part, so that its text is never in memory as
 * a whole: `pools[]` with `windows[]`, `requests[]` and their sums, then what was read and found.
 */
export class SettlementJsonWriter {
  #text = '';
  #pools = 0;

  constructor(currency: string) {
    this.#text = `{"schema":"costspan.gpu_settlement.v1","currency":${JSON.stringify(currency)},"pools":[`;
  }

  /** Settles a pool's windows and writes them and its requests. */
  async writePool(settlement: GpuSettlement): Promise<void> {
    const { pool, period } = settlement;
    const head = {
      pool: pool.name,
      from: isoInstant(period.fromUnixNano),
      to: isoInstant(period.untilUnixNano),
    };
    this.#text += `${this.#pools === 0 ? '' : ','}\n${JSON.stringify(head).slice(0, -1)},"windows":[`;
    this.#pools += 1;
    await this.#writeList(settlement.windows());
    this.#text += '],"requests":[';
    await this.#writeList(requestRows(settlement));
    this.#text += `],${JSON.stringify(sums(settlement)).slice(1)}`;
  }

  async end(counts: SettleCounts, findings: readonly SettleFinding[]): Promise<void> {
    const read = {
      ...counts,
      unpriced: Object.fromEntries(counts.unpriced),
      findings: findings.map(({ line, span, message }) => ({
        line: line ?? null,
        traceId: span?.traceId ?? null,
        spanId: span?.spanId ?? null,
        message,
      })),
    };
    this.#text += `\n],${JSON.stringify(read).slice(1)}\n`;
    await this.#flush();
  }

  async #writeList(values: Iterable<object>): Promise<void> {
    let separator = '\n';
    for (const value of values) {
      this.#text += separator + JSON.stringify(value);
      separator = ',\n';
      if (this.#text.length >= CHUNK_CHARACTERS) await this.#flush();
    }
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  }
}

function* requestRows(settlement: GpuSettlement): Generator<object> {
  for (const settled of settlement.requests()) yield requestRow(settled);
}

function requestRow({ request, share, gpuNanos, ...amounts }: SettledRequest): object {
  const [traceId, spanId] = request.id.split(' ');
  return {
    traceId,
    spanId,
    tenant: request.tenant ?? null,
    gpuSeconds: formatMoney(moneyFromPico(gpuNanos * PICO_PER_NANO)).slice(0, -3),
    share,
    used: formatMoney(amounts.used),
    slack: formatMoney(amounts.slack),
    idle: formatMoney(amounts.idle),
    overhead: formatMoney(amounts.overhead),
    cost: formatMoney(amounts.cost),
    slackNotCharged: formatMoney(amounts.slackNotCharged),
  };
}

function sums(settlement: GpuSettlement): object {
  const totals = settlement.totals();
  return {
    bill: formatMoney(totals.bill),
    used: formatMoney(totals.used),
    slack: formatMoney(totals.slack),
    idle: formatMoney(totals.idle),
    unsampled: formatMoney(totals.unsampled),
    overhead: formatMoney(totals.overhead),
    sums: {
      requests: {
        used: formatMoney(totals.requests.used),
        slack: formatMoney(totals.requests.slack),
        idle: formatMoney(totals.requests.idle),
        overhead: formatMoney(totals.requests.overhead),
        cost: formatMoney(totals.requests.cost),
        slackNotCharged: formatMoney(totals.requests.slackNotCharged),
      },
      notOfRequests: formatMoney(totals.notOfRequests),
      addsUp: totals.addsUp,
    },
  };
}
