import { formatMoney, type GpuTenantShare, moneyFromPico } from '@costspan/cost-model';
import { bookedTenant, IDLE_TENANT, SLACK_TENANT, UNSAMPLED_TENANT } from './booked-tenant.ts';
import { formatSeconds } from './format-seconds.ts';
import { ACTIVE, requestCount, STARTED } from './request-columns.ts';
import type { SettledBooks } from './settled-books.ts';
import { totalAmount } from './total-amount.ts';

const TENANTS_MAX = 1000;
const OTHER_TENANTS = 'other';

/** Who has which part of a window: the costliest tenants first, then what nobody carries. The rows add up to the bill. */
export function tenantShares(books: SettledBooks): GpuTenantShare[] {
  const { charges, overhead, unsampled, amounts, columns } = books;
  const tenants = requestTotals(books);
  const nobody = new TenantTotals();
  const sampledCount = tenants.requestCount();
  for (const { tenant, idlePico, overheadPico } of overhead.rows) {
    const total = tenant === undefined ? nobody.of(IDLE_TENANT) : tenants.of(bookedTenant(tenant));
    total.idlePico += idlePico;
    total.overheadPico += overheadPico;
    total.nanos += idlePico === 0 ? 0 : charges.idleNanos * (idlePico / charges.idlePico);
  }
  const slack = nobody.of(SLACK_TENANT);
  if (books.keepsSlack) slack.slackPico = totalAmount(amounts.slackPico);
  slack.overheadPico = overhead.slackPico;
  slack.nanos = charges.slackNanos;
  const rest = nobody.of(UNSAMPLED_TENANT);
  rest.requests = requestCount(columns, chargedPresence(books)) - sampledCount;
  rest.usedPico = unsampled.usedPico;
  rest.slackPico = unsampled.slackPico;
  rest.idlePico = unsampled.idlePico;
  rest.overheadPico = unsampled.overheadPico;
  rest.nanos = unsampled.replicaNanos;
  return [...tenants.costliest(), ...nobody.present()].map(asShare);
}

/** What the requests of each tenant had themselves. */
function requestTotals(books: SettledBooks): TenantTotals {
  const { columns, amounts, keepsSlack } = books;
  const totals = new TenantTotals();
  const byNumber = columns.tenants.map((tenant) =>
    totals.of(tenant === undefined ? null : bookedTenant(tenant)),
  );
  const charged = chargedPresence(books);
  for (let position = 0; position < columns.count; position += 1) {
    if (((columns.presence[position] ?? 0) & charged) === 0) continue;
    const total = byNumber[columns.tenant[position] ?? 0];
    if (total === undefined) continue;
    total.requests += 1;
    total.usedPico += amounts.usedPico[position] ?? 0;
    if (!keepsSlack) total.slackPico += amounts.slackPico[position] ?? 0;
    total.idlePico += amounts.idlePico[position] ?? 0;
    total.overheadPico += amounts.overheadPico[position] ?? 0;
    total.nanos += amounts.replicaNanos[position] ?? 0;
  }
  return totals;
}

/** Which requests the pool's method charges. */
function chargedPresence({ pool }: SettledBooks): number {
  return pool.method === 'throughput' ? STARTED : ACTIVE;
}

interface TenantTotal {
  readonly tenant: string | null;
  requests: number;
  usedPico: number;
  slackPico: number;
  idlePico: number;
  overheadPico: number;
  nanos: number;
}

class TenantTotals {
  readonly #totals = new Map<string | null, TenantTotal>();

  of(tenant: string | null): TenantTotal {
    const known = this.#totals.get(tenant);
    if (known !== undefined) return known;
    const total = { tenant, requests: 0, usedPico: 0, slackPico: 0, idlePico: 0, overheadPico: 0, nanos: 0 };
    this.#totals.set(tenant, total);
    return total;
  }

  requestCount(): number {
    return [...this.#totals.values()].reduce((sum, total) => sum + total.requests, 0);
  }

  present(): TenantTotal[] {
    return [...this.#totals.values()].filter((total) => {
      return total.requests > 0 || amount(total) > 0 || Math.round(total.nanos) > 0;
    });
  }

  /** The costliest, and the rest in one. */
  costliest(): TenantTotal[] {
    const ranked = this.present().toSorted(
      (left, right) => amount(right) - amount(left) || compareTenants(left.tenant, right.tenant),
    );
    const rest = ranked.slice(TENANTS_MAX);
    if (rest.length === 0) return ranked;
    const shown = new TenantTotals();
    for (const total of ranked.slice(0, TENANTS_MAX)) shown.#totals.set(total.tenant, total);
    const other = shown.of(OTHER_TENANTS);
    for (const total of rest) {
      other.requests += total.requests;
      other.usedPico += total.usedPico;
      other.slackPico += total.slackPico;
      other.idlePico += total.idlePico;
      other.overheadPico += total.overheadPico;
      other.nanos += total.nanos;
    }
    return shown.present();
  }
}

function amount(total: TenantTotal): number {
  return total.usedPico + total.slackPico + total.idlePico + total.overheadPico;
}

/** By code units; requests without a tenant first. */
function compareTenants(left: string | null, right: string | null): number {
  const [a, b] = [left ?? '', right ?? ''];
  return a < b ? -1 : a > b ? 1 : left === null ? -1 : 1;
}

function asShare(total: TenantTotal): GpuTenantShare {
  return {
    tenant: total.tenant,
    requests: total.requests,
    used: formatMoney(moneyFromPico(total.usedPico)),
    slack: formatMoney(moneyFromPico(total.slackPico)),
    idle: formatMoney(moneyFromPico(total.idlePico)),
    overhead: formatMoney(moneyFromPico(total.overheadPico)),
    seconds: formatSeconds(total.nanos),
  };
}
