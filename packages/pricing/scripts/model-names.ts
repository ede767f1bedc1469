import { canonicalProvider } from '@costspan/cost-model';
import type { MatchLogic, ModelInfo } from '@pydantic/genai-prices';

/** The names of a model that its match clauses spell out. */
export interface ModelNames {
  readonly model: string;
  readonly aliases: string[];
  readonly prefixes: string[];
}

interface Clauses {
  /** Whole names. */
  readonly whole: string[];
  /** Beginnings or middles of names. */
  readonly stems: string[];
}

/** A stem that stops in the middle of a number or a date, or before a separator, is no name. */
const INCOMPLETE_STEM = /(?:-20\d\d|-0|[-@.:])$/;
/** `^claude-opus-5-\d{8}$`: the dated snapshots of a name, which the engine recognises by itself. */
const DATED_REGEX = /^\^([\w\\./-]+)-(?:\\d\{8\}|\\d\{4\}-\\d\{2\}-\\d\{2\})\$$/;
/** Bedrock's model version and throughput variant: `-v1:0`. */
const BEDROCK_SUFFIX = /(-v\d+)?(?::\d+)?$/;
/** The GovCloud price is another one, and not stated. */
const BEDROCK_GOVERNMENT = /^us-gov\./;

/**
 * Names from the source's match clauses. Clauses that match a beginning or a middle misprice the next model
 * that shares it, so a stem counts as a name where it is complete, and as a prefix only before a snapshot.
 */
export function modelNames(info: ModelInfo, provider: string): ModelNames {
  const clauses = clausesIn(info.match);
  const model = info.id.toLowerCase().replace(/-+$/, '');
  const found =
    provider === 'aws.bedrock'
      ? { aliases: bedrockNames(model, clauses), prefixes: [] }
      : {
          aliases: [...clauses.whole, ...clauses.stems.filter((stem) => !INCOMPLETE_STEM.test(stem))],
          prefixes: clauses.stems
            .map((stem) => stem.replace(/[-@.:]+$/, ''))
            .filter((stem) => !INCOMPLETE_STEM.test(stem)),
        };
  return {
    model,
    aliases: unique(found.aliases).filter(
      (name) => name !== model && !namesProvider(name, provider) && matches(info.match, name),
    ),
    prefixes: unique(found.prefixes).filter((prefix) => !namesProvider(prefix, provider)),
  };
}

function clausesIn(match: MatchLogic): Clauses {
  if ('or' in match || 'and' in match) {
    const parts = ('or' in match ? match.or : match.and).map(clausesIn);
    return {
      whole: parts.flatMap(({ whole }) => whole),
      stems: parts.flatMap(({ stems }) => stems),
    };
  }
  if ('equals' in match) return { whole: [match.equals.toLowerCase()], stems: [] };
  if ('ends_with' in match) return { whole: [match.ends_with.toLowerCase()], stems: [] };
  if ('starts_with' in match) return { whole: [], stems: [match.starts_with.toLowerCase()] };
  if ('contains' in match) return { whole: [], stems: [match.contains.toLowerCase()] };
  const dated = DATED_REGEX.exec(match.regex)?.[1];
  return { whole: dated === undefined ? [] : [dated.replaceAll('\\', '').toLowerCase()], stems: [] };
}

/**
 * On Bedrock the geography of the inference profile is part of the name (`us.`, `global.`), and a model's own
 * version (`-v2`) is another model: only the version in the id counts, with and without it.
 */
function bedrockNames(id: string, { whole, stems }: Clauses): string[] {
  const version = BEDROCK_SUFFIX.exec(id)?.[1] ?? '';
  const own = id.replace(/^regional\./, '').replace(/:\d+$/, '');
  const names = [own, ...(version === '' ? [] : [own.replace(/-v\d+$/, '')]), ...whole, ...stems];
  if (version === '') return names.filter((name) => !BEDROCK_GOVERNMENT.test(name));
  return names
    .flatMap((name) => (/-v\d+$/.test(name) ? [name] : [name, `${name}${version}`]))
    .filter((name) => !BEDROCK_GOVERNMENT.test(name));
}

/** Whether the source's own clauses match a name. */
function matches(match: MatchLogic, name: string): boolean {
  if ('or' in match) return match.or.some((each) => matches(each, name));
  if ('and' in match) return match.and.every((each) => matches(each, name));
  if ('equals' in match) return name === match.equals.toLowerCase();
  if ('ends_with' in match) return name.endsWith(match.ends_with.toLowerCase());
  if ('starts_with' in match) return name.startsWith(match.starts_with.toLowerCase());
  if ('contains' in match) return name.includes(match.contains.toLowerCase());
  return new RegExp(match.regex).test(name);
}

/** The engine takes a provider's own prefix off by itself. */
function namesProvider(name: string, provider: string): boolean {
  const separator = name.search(/[/:]/);
  return separator !== -1 && canonicalProvider(name.slice(0, separator)) === provider;
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
