import type { CostRecord } from '@costspan/cost-model';

const PAGE_RECORDS = 1000;
const ANSWER_TIMEOUT_MILLIS = 20_000;

/** All cost records of a gateway, page by page. */
export async function fetchRecords(gatewayUrl: string): Promise<CostRecord[]> {
  const records: CostRecord[] = [];
  let after: string | undefined;
  do {
    const query = new URLSearchParams({ limit: String(PAGE_RECORDS), ...(after !== undefined && { after }) });
    const response = await fetch(`${gatewayUrl}/api/records?${query.toString()}`, {
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MILLIS),
    });
    if (!response.ok) throw new Error(`the gateway answered ${response.status}: ${await response.text()}`);
    const page = (await response.json()) as { records: CostRecord[]; nextKey?: string | null };
    records.push(...page.records);
    after = page.nextKey ?? undefined;
  } while (after !== undefined);
  return records;
}
