import { formatMoney, type Money, moneyFromPico } from '@costspan/cost-model';
import type { GpuOffer, OfferedRate } from './gpu-rates-offer.ts';

/** Any other text is quoted, so that YAML reads it as what it is. */
const PLAIN_TEXT = /^[A-Za-z][\w./-]*$/;

/** A pool of so many instances, as `pools` of costspan.yaml has it. */
export interface PoolSnippet {
  readonly name: string;
  readonly instance?: { readonly type: string; readonly count: number };
  readonly gpus: number;
  readonly rates: readonly { readonly from: string; readonly per_hour: string }[];
}

/** The pool that instances of an offer make; `gpus` are those of one instance. */
export function poolOf(offer: GpuOffer, count: number, gpus: number): PoolSnippet {
  return {
    name: offer.instance ?? 'gpu-pool',
    ...(offer.instance !== undefined && { instance: { type: offer.instance, count } }),
    gpus: gpus * count,
    rates: offer.rates.map((rate: OfferedRate) => ({
      from: rate.from,
      per_hour: plainDecimal(moneyFromPico(rate.perHour * BigInt(count))),
    })),
  };
}

/** Writes it as YAML, to be pasted into costspan.yaml. What it serves only its owner knows. */
export function formatPoolSnippet({ name, instance, gpus, rates }: PoolSnippet): string {
  return [
    'pools:',
    `  - name: ${yamlText(name)}`,
    '    match:',
    '      service.name: my-model-server # the calls that it serves: put your own attributes here',
    ...(instance === undefined
      ? []
      : [`    instance: { type: ${yamlText(instance.type)}, count: ${instance.count} }`]),
    `    gpus: ${gpus}`,
    '    rates:',
    ...rates.map(({ from, per_hour }) => `      - { from: ${from}, per_hour: "${per_hour}" }`),
  ].join('\n');
}

/** At least two decimals, and no zeros behind them. */
function plainDecimal(amount: Money): string {
  return formatMoney(amount).replace(/0{1,10}$/, '');
}

function yamlText(text: string): string {
  return PLAIN_TEXT.test(text) ? text : JSON.stringify(text);
}
