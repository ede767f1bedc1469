import type { PriceBookData } from '@costspan/pricing';
import { type Refused, refused } from './price-book-refusal.ts';
import { contentAddressOf, verifyPriceBook } from './price-book-signature.ts';
import { readPriceBook } from './read-price-book.ts';

export interface PriceBookEvidence {
  /** What `<book>.sig` holds. */
  readonly signature?: string | undefined;
  /** Keys in PEM, one of which must have signed the book. A book needs no signature only where this is absent. */
  readonly publicKeys?: readonly string[] | undefined;
}

export interface CheckedPriceBook {
  readonly text: string;
  readonly data: PriceBookData;
  /** `sha256:` over the exact bytes. */
  readonly contentAddress: string;
  /** What `<book>.sig` holds, where one was required. */
  readonly signature: string | undefined;
  /** The key that signed it, where a signature was required. */
  readonly keyId: string | undefined;
}

export type CheckPriceBookResult = ({ readonly ok: true } & CheckedPriceBook) | Refused;

/** Whether a price book may be used: its signature first, then its form and its digest. Never throws. */
export function checkPriceBook(text: string, evidence: PriceBookEvidence = {}): CheckPriceBookResult {
  const { signature, publicKeys } = evidence;
  let keyId: string | undefined;
  if (publicKeys !== undefined) {
    if (signature === undefined) {
      return refused(
        'signature_missing',
        'the price book has no signature, and keys are configured that must sign it; put its .sig file beside it',
      );
    }
    const verified = verifyPriceBook(text, signature, publicKeys);
    if (!verified.ok) return verified;
    ({ keyId } = verified);
  }
  const book = readPriceBook(text);
  if (!book.ok) return book;
  return {
    ok: true,
    text,
    data: book.data,
    contentAddress: contentAddressOf(text),
    signature: publicKeys === undefined ? undefined : signature,
    keyId,
  };
}

/** What a newer price book is compared with. */
export interface PriceBookVersion {
  readonly version: string;
  readonly digest: string;
}

const DAY_MILLIS = 86_400_000;
const DAY_CHARACTERS = '2026-11-21'.length;

/**
 * Refuses a book that must not replace the one in force: an older one, another one of the same version, or one
 * of a day to come, which would keep every later one out.
 */
export function refuseReplacement(
  offered: PriceBookVersion,
  inForce: PriceBookVersion | undefined,
  nowMillis: number,
): Refused | undefined {
  if (Date.parse(offered.version.slice(0, DAY_CHARACTERS)) > nowMillis + DAY_MILLIS) {
    return refused(
      'version_in_future',
      `the price book's version ${offered.version} is a day to come; set this machine's clock right, or have it published with the day it was made`,
    );
  }
  if (inForce === undefined) return undefined;
  if (isOlder(offered.version, inForce.version)) {
    return refused(
      'older_than_current',
      `the price book is of ${offered.version}, in force is ${inForce.version}; to take a change back, publish the old prices under a new version`,
    );
  }
  if (offered.version === inForce.version && offered.digest !== inForce.digest) {
    return refused(
      'same_version_other_digest',
      `version ${offered.version} is in force with ${inForce.digest}, the price book has ${offered.digest}; publish changed prices under a new version`,
    );
  }
  return undefined;
}

/** Days in ISO 8601 sort as text; the second book of a day is `2026-11-21.2`. */
function isOlder(offered: string, inForce: string): boolean {
  const [day, dayInForce] = [offered.slice(0, DAY_CHARACTERS), inForce.slice(0, DAY_CHARACTERS)];
  if (day !== dayInForce) return day < dayInForce;
  return numberOfDay(offered) < numberOfDay(inForce);
}

function numberOfDay(version: string): number {
  return Number(version.slice(DAY_CHARACTERS + 1) || '1');
}
