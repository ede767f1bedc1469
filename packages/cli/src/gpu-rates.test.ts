import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '@costspan/config';
import { divideHalfEven } from '@costspan/cost-model';
import { Command, CommanderError } from 'commander';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { addGpuRatesCommand } from './commands/gpu-rates.ts';
import { UsageError } from './exit-code.ts';
import { hourlyRate, moneyFromScaled, parseScaled } from './gpu-rates-decimal.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'costspan-gpu-rates-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

interface Outcome {
  readonly text: string;
  readonly exitCode: typeof process.exitCode;
  /** Of standard error. */
  readonly notes?: string;
}

/** Runs `gpu rates` on a file of these lines; what it refuses is the text. */
async function ratesOf(lines: readonly string[], ...args: readonly string[]): Promise<Outcome> {
  const path = join(folder, 'rates.csv');
  writeFileSync(path, lines.join('\n'));
  utimesSync(path, new Date('2026-11-20T08:00:00Z'), new Date('2026-11-20T08:00:00Z'));
  const printed: string[] = [];
  const notes: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => notes.push(String(text)) > 0);
  vi.spyOn(console, 'log').mockImplementation((text: string) => printed.push(text));
  process.exitCode = undefined;
  const gpu = new Command('gpu').exitOverride().configureOutput({ writeErr: () => undefined });
  addGpuRatesCommand(gpu);
  try {
    await gpu.parseAsync(['rates', path, ...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CommanderError)) throw error;
    return { text: error.message.replaceAll(`${folder}/`, ''), exitCode: 2 };
  }
  return { text: printed.join('\n'), exitCode: process.exitCode, notes: notes.join('') };
}

const LIST = [
  'InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,GpuInfo,SpotPrice,AvailabilityZone',
  `p5.48xlarge,H100,8.0,192.0,2048.0,98.32,us-east-1,"{'Gpus': [{'Name': 'H100', 'MemoryInfo': {}}]}",31.5,us-east-1a`,
  `p5.48xlarge,H100,8.0,192.0,2048.0,98.32,us-east-1,"{'Gpus': [{'Name': 'H100', 'MemoryInfo': {}}]}",29.75,us-east-1b`,
  'p5.48xlarge,H100,8.0,192.0,2048.0,110.5,eu-west-1,,,eu-west-1a',
  'g6.xlarge,L4,1.0,4.0,16.0,0.8048,us-east-1,,0.3621,us-east-1a',
  'm7i.large,,,2.0,8.0,0.1008,us-east-1,,0.04,us-east-1a',
];

describe('a price list', () => {
  test('gives a pool when one offer fits', async () => {
    const { text, exitCode } = await ratesOf(
      LIST,
      '--accelerator',
      'h100',
      '--region',
      'us-east-1',
      '--count',
      '2',
    );
    expect(exitCode).toBeUndefined();
    expect(text).toBe(
      [
        'pools:',
        '  - name: p5.48xlarge',
        '    match:',
        '      service.name: my-model-server # the calls that it serves: put your own attributes here',
        '    instance: { type: p5.48xlarge, count: 2 }',
        '    gpus: 16',
        '    rates:',
        '      - { from: 2026-11-20, per_hour: "196.64" }',
      ].join('\n'),
    );
    expect(parseConfig(text, { sourceName: 'costspan.yaml', env: {} }).ok).toBe(true);
  });

  test('shows the offers, the cheapest first, when several fit', async () => {
    const { text, exitCode } = await ratesOf(LIST);
    expect(exitCode).toBe(1);
    expect(text.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim())).toEqual([
      '3 offers fit; narrow them to one with --instance and --region',
      '',
      'Instance GPUs Accelerator Region Per hour Since',
      expect.stringMatching(/^─/),
      'g6.xlarge 1 L4 us-east-1 $0.8048 2026-11-20',
      'p5.48xlarge 8 H100 us-east-1 $98.32 2026-11-20',
      'p5.48xlarge 8 H100 eu-west-1 $110.50 2026-11-20',
    ]);
  });

  test('has spot prices by zone', async () => {
    const both = await ratesOf(LIST, '--instance', 'p5.48xlarge', '--spot', '--json');
    expect(JSON.parse(both.text)).toMatchObject({ offers: [{}, {}], pool: null });
    const one = await ratesOf(
      LIST,
      '--instance',
      'p5.48xlarge',
      '--spot',
      '--region',
      'us-east-1b',
      '--json',
    );
    expect(JSON.parse(one.text)).toEqual({
      schema: 'costspan.gpu_rates.v1',
      offers: [
        {
          instance: 'p5.48xlarge',
          accelerator: 'H100',
          gpus: 8,
          region: 'us-east-1',
          rates: [{ from: '2026-11-20', perHour: '29.750000000000' }],
        },
      ],
      pool: {
        name: 'p5.48xlarge',
        instance: { type: 'p5.48xlarge', count: 1 },
        gpus: 8,
        rates: [{ from: '2026-11-20', per_hour: '29.75' }],
      },
    });
  });

  test('holds from the day that is given', async () => {
    const { text } = await ratesOf(LIST, '--instance', 'g6.xlarge', '--from', '2026-01-01');
    expect(text).toContain('- { from: 2026-01-01, per_hour: "0.8048" }');
  });

  test('of instances without GPUs needs their number', async () => {
    const without = await ratesOf(LIST, '--instance', 'm7i.large');
    expect(without.text).toBe('the file does not say how many GPUs an instance has; add --gpus NUMBER');
    expect((await ratesOf(LIST, '--instance', 'm7i.large', '--gpus', '0.5')).text).toContain('gpus: 0.5');
  });

  test('that states the GPUs refuses another number', async () => {
    const { text, exitCode } = await ratesOf(LIST, '--instance', 'g6.xlarge', '--gpus', '2');
    expect({ text, exitCode }).toEqual({
      text: 'the file states how many GPUs an instance has; remove --gpus',
      exitCode: 2,
    });
  });

  test('in which nothing fits is a finding', async () => {
    const { text, exitCode } = await ratesOf(LIST, '--instance', 'p6');
    expect([text.replace(folder, ''), exitCode]).toEqual([
      'Nothing in /rates.csv fits. Without --instance, --region and --accelerator it shows what there is.',
      1,
    ]);
  });

  test.each([
    [
      ['instancetype,PRICE,acceleratorname', 'a,1O,H100'],
      'rates.csv:2: Price is "1O", which is no number that is not negative; mend the line or remove it',
    ],
    [
      ['InstanceType,Price,AcceleratorName', '', 'a,1,H100', '"b', 'c",-1,H100'],
      'rates.csv:5: Price is "-1", which is no number that is not negative; mend the line or remove it',
    ],
    [
      ['InstanceType,Price,AcceleratorName,Currency', 'a,1,H100,EUR'],
      'rates.csv:2: the price is in EUR, and costspan.yaml counts in USD; convert the list first',
    ],
    [
      ['Type,Cost', 'a,1'],
      'rates.csv is neither a price list (columns InstanceType and Price) nor has it rows of FOCUS ' +
        '(ChargePeriodStart, BillingCurrency); its first line must name the columns',
    ],
  ])('%j is refused', async (lines, expected) => {
    expect((await ratesOf(lines)).text).toBe(expected);
  });

  test('that is no CSV is refused with its line', async () => {
    expect((await ratesOf(['InstanceType,Price', 'a'])).text).toMatch(
      /^cannot read rates\.csv: Invalid Record Length.*line 2/,
    );
    expect((await ratesOf([])).text).toMatch(/^rates\.csv is neither/);
  });
});

const FOCUS_HEAD =
  'ChargePeriodStart,ChargePeriodEnd,ChargeCategory,BillingCurrency,EffectiveCost,PricingQuantity,PricingUnit,' +
  'RegionId,ResourceId,SkuPriceDetails,CommitmentDiscountStatus';
const P5 = '"{""InstanceType"":""p5.48xlarge"",""GpuCount"":8}"';

interface FocusRow {
  readonly day?: string;
  readonly category?: string;
  readonly currency?: string;
  readonly cost: string;
  readonly hours: string;
  readonly unit?: string;
  readonly resource?: string;
  readonly details?: string;
  readonly status?: string;
}

function focusRow({ day = '2026-11-01', category = 'Usage', currency = 'USD', ...row }: FocusRow): string {
  return [
    `${day}T00:00:00Z`,
    '',
    category,
    currency,
    row.cost,
    row.hours,
    row.unit ?? 'Hours',
    'us-east-1',
    row.resource ?? 'i-1',
    row.details ?? P5,
    row.status ?? '',
  ].join(',');
}

describe('rows of FOCUS', () => {
  test('give what was paid, divided by the hours, by day', async () => {
    const { text, exitCode, notes } = await ratesOf([
      FOCUS_HEAD,
      focusRow({ day: '2026-11-03', cost: '1200', hours: '24' }),
      focusRow({ cost: '98.32', hours: '1' }),
      focusRow({ cost: '2261.36', hours: '23', resource: 'i-2' }),
      focusRow({ day: '2026-11-02', cost: '983.2', hours: '10', unit: 'hrs' }),
      focusRow({ day: '2026-11-04', cost: '100', hours: '3' }),
      focusRow({ cost: '7', hours: '70', unit: 'GB', details: '{}' }),
      focusRow({ cost: '500', hours: '1', category: 'Tax' }),
      focusRow({ cost: '900', hours: '1', status: 'Unused' }),
    ]);
    expect(exitCode).toBeUndefined();
    expect(text.slice(text.indexOf('    instance'))).toBe(
      [
        '    instance: { type: p5.48xlarge, count: 1 }',
        '    gpus: 8',
        '    rates:',
        '      - { from: 2026-11-01, per_hour: "98.32" }',
        '      - { from: 2026-11-03, per_hour: "50.00" }',
        '      - { from: 2026-11-04, per_hour: "33.333333333333" }',
      ].join('\n'),
    );
    expect(parseConfig(text, { sourceName: 'costspan.yaml', env: {} }).ok).toBe(true);
    expect(notes).toBe(
      'note: a rate is what usage cost by the hour; other rows of the resource are not in it: 1 of Tax\n',
    );
  });

  test('of one resource need no details', async () => {
    const lines = [
      FOCUS_HEAD,
      focusRow({ cost: '8', hours: '2', details: '' }),
      focusRow({ cost: '99', hours: '2', details: '', resource: 'i-2' }),
      focusRow({ day: '2026-11-02', cost: '10', hours: '2', details: '' }),
    ];
    const { text } = await ratesOf(lines, '--resource', 'I-1', '--gpus', '4', '--from', '2026-11-02');
    expect(text.slice(text.indexOf('    gpus'))).toBe(
      '    gpus: 4\n    rates:\n      - { from: 2026-11-02, per_hour: "5.00" }',
    );
  });

  test('without what was paid give the contracted price, or else that of the list', async () => {
    const head =
      'ChargePeriodStart,BillingCurrency,ContractedUnitPrice,ListUnitPrice,ConsumedQuantity,ConsumedUnit,SkuPriceDetails';
    const { text } = await ratesOf([
      head,
      `2026-11-01,USD,3.5,4,24,Hours,${P5}`,
      `2026-11-02,USD,,4,24,Hours,${P5}`,
    ]);
    expect(text).toContain(
      '{ from: 2026-11-01, per_hour: "3.50" }\n      - { from: 2026-11-02, per_hour: "4.00" }',
    );
  });

  test.each<[string, readonly string[], string]>([
    [
      'another unit',
      [focusRow({ cost: '1', hours: '1', unit: 'Months' })],
      'rates.csv:2: the unit is "Months", not Hours; a rate is per hour, so keep the rows that charge the instance by the hour',
    ],
    [
      'mixed currencies',
      [focusRow({ cost: '1', hours: '1' }), focusRow({ cost: '1', hours: '1', currency: 'EUR' })],
      'rates.csv:3: the amount is in EUR, and that of line 2 in USD; keep the rows of one currency',
    ],
    [
      'another currency',
      [focusRow({ cost: '1', hours: '1', currency: 'EUR' })],
      'rates.csv:2: the amounts are in EUR, and costspan.yaml counts in USD; convert them first',
    ],
    [
      'an amount that is none',
      [focusRow({ cost: 'n/a', hours: '1' })],
      'rates.csv:2: EffectiveCost is "n/a", which is no number; mend the line or remove it',
    ],
    [
      'no hours',
      [focusRow({ cost: '1', hours: '' })],
      'rates.csv:2: PricingQuantity is missing; export it too, or remove the line',
    ],
    [
      'a time that is none',
      [focusRow({ day: 'yesterday', cost: '1', hours: '1' })],
      'rates.csv:2: ChargePeriodStart is "yesterdayT00:00:00Z", which is no time; export the rows again',
    ],
    [
      'a correction without its day',
      [focusRow({ cost: '-1', hours: '1' })],
      'rates.csv:2: the rows of 2026-11-01 add up to a negative cost; remove corrections of other days, or that day',
    ],
    [
      'hours that cancel out',
      [focusRow({ cost: '1', hours: '1' }), focusRow({ cost: '-1', hours: '-1' })],
      'rates.csv:2: the rows of 2026-11-01 add up to no hours; remove corrections of other days, or that day',
    ],
    [
      'details that are none',
      [focusRow({ cost: '1', hours: '1', details: '[1]' })],
      'rates.csv:2: SkuPriceDetails is no JSON object; export the rows again',
    ],
  ])('with %s are refused', async (_, rows, expected) => {
    expect((await ratesOf([FOCUS_HEAD, ...rows])).text).toBe(expected);
  });

  test('state no spot prices and no accelerators', async () => {
    const lines = [FOCUS_HEAD, focusRow({ cost: '1', hours: '1' })];
    expect((await ratesOf(lines, '--spot')).text).toBe(
      '--spot is for price lists; rows of FOCUS state what was paid',
    );
    expect((await ratesOf(lines, '--accelerator', 'H100')).text).toContain('use --instance');
  });

  test('of more days than a pool may have rates are refused', async () => {
    const rows = Array.from({ length: 1001 }, (_, index) => {
      const day = new Date(Date.UTC(2022, 0, 1 + index)).toISOString().slice(0, 10);
      return focusRow({ day, cost: String(100 + index), hours: '1' });
    });
    expect((await ratesOf([FOCUS_HEAD, ...rows])).text).toBe(
      'it has 1001 rates, and a pool may have 1000; add --from DAY to leave out older ones',
    );
    expect((await ratesOf([FOCUS_HEAD, ...rows], '--from', '2022-01-02')).text).toContain('from: 2022-01-02');
  });
});

test('a file that is missing is a usage error', async () => {
  const gpu = new Command('gpu').exitOverride();
  addGpuRatesCommand(gpu);
  const run = gpu.parseAsync(['rates', join(folder, 'none.csv')], { from: 'user' });
  await expect(run).rejects.toThrow(/cannot read .*none\.csv: ENOENT/);
});

test('numbers are read exactly, in any notation', () => {
  expect(
    ['98.32', '.5', '5.', '1.2E-05', '2e3', '-4'].map((text) => moneyFromScaled(parseScaled(text) ?? 1n)),
  ).toEqual([
    98_320_000_000_000n,
    500_000_000_000n,
    5_000_000_000_000n,
    12_000_000n,
    2_000_000_000_000_000n,
    -4_000_000_000_000n,
  ]);
  expect(['', '.', 'e5', '1,5', '$4', '1e99', 'NaN', '9'.repeat(65)].map(parseScaled)).toEqual(
    Array(8).fill(undefined),
  );
  const digits = fc.bigInt({ min: 1n, max: 10n ** 15n });
  const decimals = fc.integer({ min: 0, max: 15 });
  fc.assert(
    fc.property(digits, decimals, digits, (cost, places, hours) => {
      const text = `${cost}e-${places}`;
      const rate = hourlyRate(parseScaled(text) ?? 0n, parseScaled(`${hours}`) ?? 0n);
      expect(rate).toBe(divideHalfEven(cost * 10n ** 12n, hours * 10n ** BigInt(places)));
    }),
  );
});
