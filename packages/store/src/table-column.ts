import { assert, parseMoney } from '@costspan/cost-model';
import {
  DECIMAL,
  DuckDBDecimalValue,
  type DuckDBType,
  type DuckDBValue,
  UBIGINT,
  VARCHAR,
} from '@duckdb/node-api';

/**
 * A column of a table and what a row made of `Source` has in it. What is read fits the column's type: the database's
 * client cuts off what does not, without a word.
 */
export interface TableColumn<Source> {
  readonly name: string;
  readonly type: DuckDBType;
  readonly read: (source: Source) => DuckDBValue;
}

const MONEY = DECIMAL(38, 12);
const MONEY_PICO_END = 10n ** 38n;
const UNIX_NANO_END = 2n ** 64n;

export function textColumn<Source>(
  name: string,
  read: (source: Source) => string | null,
): TableColumn<Source> {
  return { name, type: VARCHAR, read };
}

export function moneyColumn<Source>(
  name: string,
  read: (source: Source) => string | null,
): TableColumn<Source> {
  return {
    name,
    type: MONEY,
    read: (source) => {
      const amount = read(source);
      return amount === null ? null : amountOf(name, amount);
    },
  };
}

export function unixNanoColumn<Source>(
  name: string,
  read: (source: Source) => string | null,
): TableColumn<Source> {
  return {
    name,
    type: UBIGINT,
    read: (source) => {
      const instant = read(source);
      return instant === null ? null : unixNanoOf(instant);
    },
  };
}

/** @throws Error when the text is no 64-bit count of nanoseconds. */
export function unixNanoOf(text: string): bigint {
  const nano = /^\d{1,20}$/.test(text) ? BigInt(text) : UNIX_NANO_END;
  assert(nano < UNIX_NANO_END, 'an instant is a 64-bit count of nanoseconds', { text });
  return nano;
}

/** @throws Error when the text is no amount that the books can hold. */
export function amountOf(name: string, amount: string): DuckDBDecimalValue {
  const pico = parseMoney(amount);
  assert(
    pico !== undefined && pico < MONEY_PICO_END && pico > -MONEY_PICO_END,
    'an amount has at most 26 places before the point and 12 after it',
    { [name]: amount },
  );
  return new DuckDBDecimalValue(pico, MONEY.width, MONEY.scale);
}
