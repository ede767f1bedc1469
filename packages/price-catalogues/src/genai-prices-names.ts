import { type Fields, fieldsOf, listOf, textOf } from './unknown-fields.ts';

/** The names of a model that its match clauses spell out. */
export interface SpelledNames {
  readonly aliases: readonly string[];
  readonly prefixes: readonly string[];
}

interface Clauses {
  /** Whole names. */
  readonly whole: string[];
  /** Beginnings or middles of names. */
  readonly stems: string[];
}

const DEPTH_MAX = 8;
const NAMES_MAX = 200;
/** A stem that stops in the middle of a number or a date, or before a separator, is no name. */
const INCOMPLETE_STEM = /(?:-20\d\d|-0|[-@.:])$/;
/** `^claude-opus-5-\d{8}$`: the dated snapshots of a name, which the engine recognises by itself. */
const DATED_REGEX = /^\^([\w\\./-]+)-(?:\\d\{8\}|\\d\{4\}-\\d\{2\}-\\d\{2\})\$$/;
/** The model's own version on Bedrock: `-v1:0`. */
const BEDROCK_VERSION = /(-v\d+)?(?::\d+)?$/;
/** The government's regions have prices of their own. */
const BEDROCK_GOVERNMENT = /^us-gov\./;

/**
 * Names from match clauses. A clause that matches a beginning would price the next model that shares it too,
 * so a stem counts as a name where it is complete, and as a prefix that only a snapshot may follow.
 */
export function spelledNames(model: string, match: unknown, provider: string): SpelledNames {
  const { whole, stems } = clausesIn(match, 0);
  if (provider === 'aws.bedrock')
    return { aliases: unique(bedrockNames(model, whole, stems), model), prefixes: [] };
  const complete = stems.filter((stem) => !INCOMPLETE_STEM.test(stem));
  const prefixes = stems
    .map((stem) => stem.replace(/[-@.:\s]+$/, ''))
    .filter((stem) => stem !== '' && !INCOMPLETE_STEM.test(stem));
  return {
    aliases: unique([...whole, ...complete], model),
    prefixes: [...new Set(prefixes)].slice(0, NAMES_MAX),
  };
}

function clausesIn(match: unknown, depth: number): Clauses {
  const clause = fieldsOf(match);
  if (clause === undefined || depth > DEPTH_MAX) return { whole: [], stems: [] };
  // All of an `and` must hold, so that none of its parts is a name by itself.
  if (clause['or'] !== undefined) {
    const parts = listOf(clause['or']).map((each) => clausesIn(each, depth + 1));
    return { whole: parts.flatMap(({ whole }) => whole), stems: parts.flatMap(({ stems }) => stems) };
  }
  return { whole: wholeNames(clause), stems: nameIn(clause, 'starts_with', 'contains') };
}

function wholeNames(clause: Fields): string[] {
  const dated = DATED_REGEX.exec(textOf(clause['regex']) ?? '')?.[1];
  return [
    ...nameIn(clause, 'equals', 'ends_with'),
    ...(dated === undefined ? [] : [dated.replaceAll('\\', '').toLowerCase()]),
  ];
}

function nameIn(clause: Fields, ...keys: readonly string[]): string[] {
  return keys.flatMap((key) => textOf(clause[key])?.toLowerCase() ?? []);
}

/** On Bedrock the geography is part of the name, and only the version in the id is the model's. */
function bedrockNames(model: string, whole: readonly string[], stems: readonly string[]): string[] {
  const version = BEDROCK_VERSION.exec(model)?.[1] ?? '';
  const own = model.replace(/^regional\./, '').replace(/:\d+$/, '');
  const bare = version === '' ? [] : [own.slice(0, -version.length)];
  return [own, ...bare, ...whole, ...stems]
    .filter((name) => !BEDROCK_GOVERNMENT.test(name) && !INCOMPLETE_STEM.test(name))
    .flatMap((name) => (version === '' || /-v\d+$/.test(name) ? [name] : [name, `${name}${version}`]));
}

function unique(names: readonly string[], model: string): string[] {
  return [...new Set(names)].filter((name) => name !== model).slice(0, NAMES_MAX);
}
