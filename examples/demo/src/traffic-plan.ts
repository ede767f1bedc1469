import { type SeededRandom, seededRandom } from '@costspan-examples/provider-emulator';

/** A customer of the service and its weight in the traffic. */
export interface TenantShare {
  readonly tenant: string;
  readonly share: number;
}

export const DEMO_TENANTS: readonly TenantShare[] = [
  { tenant: 'acme', share: 48 },
  { tenant: 'globex', share: 27 },
  { tenant: 'initech', share: 16 },
  { tenant: 'umbrella', share: 9 },
];

/** One request to the service, before it is sent. */
export interface PlannedRequest {
  readonly path: '/summarize' | '/assistant' | '/search' | '/reply';
  readonly tenant: string;
  readonly body: object;
}

const FEATURES = [
  { path: '/summarize', share: 35 },
  { path: '/assistant', share: 20 },
  { path: '/search', share: 20 },
  { path: '/reply', share: 25 },
] as const;

const SUMMARY_CHARACTERS = { median: 3000, sigma: 0.9, min: 80, max: 40_000 };
/** A few customers paste a whole case history. */
const LARGE_TEXT = { chance: 0.06, min: 60_000, max: 240_000 };
const QUESTION_WORDS = { min: 6, max: 60 };

const SENTENCE_PARTS = [
  ['The parcel', 'My order', 'The lamp', 'Your courier', 'The refund', 'The second box', 'The invoice'],
  ['did not arrive', 'came broken', 'was left outside', 'is still missing', 'was charged twice', 'is late'],
  ['on Monday', 'again', 'although I called', 'without a note', 'for the third time', 'last week'],
] as const;
const MARKS = ['.', '.', '.', '?'] as const;

/** The request at a position of a run: it depends on nothing but the seed, the position and the tenants. */
export function planRequest(seed: number, index: number, tenants: readonly TenantShare[]): PlannedRequest {
  const random = seededRandom(`traffic ${seed} ${index}`);
  const { path } = pickByShare(FEATURES, random);
  const { tenant } = pickByShare(tenants, random);
  return { path, tenant, body: BODIES[path](random) };
}

const BODIES: Readonly<Record<PlannedRequest['path'], (random: SeededRandom) => object>> = {
  '/summarize': (random) => ({
    text: sentences(summaryCharacters(random), random),
    quality: random.pick(['draft', 'standard', 'standard', 'best']),
  }),
  '/assistant': (random) => ({
    question: sentences(8 * random.integer(QUESTION_WORDS.min, QUESTION_WORDS.max), random),
    thorough: random.chance(0.2),
    stream: random.chance(0.5),
  }),
  '/search': (random) => ({
    query: sentences(4 * random.integer(QUESTION_WORDS.min, QUESTION_WORDS.max), random),
    breadth: random.pick(['narrow', 'normal', 'broad']),
  }),
  '/reply': (random) => ({
    message: sentences(8 * random.integer(QUESTION_WORDS.min, QUESTION_WORDS.max), random),
    confidential: random.chance(0.5),
    stream: random.chance(0.5),
  }),
};

function summaryCharacters(random: SeededRandom): number {
  if (random.chance(LARGE_TEXT.chance)) return random.integer(LARGE_TEXT.min, LARGE_TEXT.max);
  const { median, sigma, min, max } = SUMMARY_CHARACTERS;
  return Math.min(Math.max(Math.round(random.logNormal(median, sigma)), min), max);
}

/** Whole sentences up to about the wanted length. */
function sentences(characters: number, random: SeededRandom): string {
  const parts: string[] = [];
  for (let length = 0; length < characters; length += parts.at(-1)?.length ?? 0) {
    parts.push(`${SENTENCE_PARTS.map((words) => random.pick(words)).join(' ')}${random.pick(MARKS)} `);
  }
  return parts.join('').trimEnd();
}

function pickByShare<T extends { readonly share: number }>(choices: readonly T[], random: SeededRandom): T {
  const total = choices.reduce((sum, choice) => sum + choice.share, 0);
  let left = random.next() * total;
  for (const choice of choices) {
    left -= choice.share;
    if (left < 0) return choice;
  }
  return choices.at(-1) as T;
}
