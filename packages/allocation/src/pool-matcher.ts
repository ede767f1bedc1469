import { Glob, type GpuPool, type ModelCall } from '@costspan/cost-model';

/** The span of a call, for the attributes that say where it was served. */
export interface PoolSubject {
  attribute(key: string): unknown;
  resourceAttribute(key: string): unknown;
}

/** Written by a processor or a gateway that knew the pool: nobody behind it has to find it again. */
const POOL_ATTRIBUTE = 'costspan.gpu.pool';
const ADDRESS_ATTRIBUTE = 'server.address';
const PORT_ATTRIBUTE = 'server.port';

/** What every dialect tells under a name of its own, and `readSpan` has put in one place. */
const CALL_FIELDS: ReadonlyMap<string, (call: ModelCall) => string | undefined> = new Map([
  ['gen_ai.response.model', (call: ModelCall) => call.responseModel ?? call.requestModel],
  ['gen_ai.request.model', (call: ModelCall) => call.requestModel],
  ['gen_ai.provider.name', (call: ModelCall) => call.provider],
  [ADDRESS_ATTRIBUTE, (call: ModelCall) => call.serverAddress],
]);

/** Keeps what names a replica, in every record and in the maps of those that count them, bounded. */
const REPLICA_CHARACTERS_MAX = 256;

interface CompiledPool {
  readonly pool: GpuPool;
  readonly conditions: readonly Condition[];
}

interface Condition {
  /** Position of the key among all keys of the matcher. */
  readonly keyIndex: number;
  readonly texts: ReadonlySet<string>;
  readonly globs: readonly Glob[];
}

/** Finds the pool that served a call. */
export class GpuPoolMatcher {
  readonly #pools: readonly CompiledPool[];
  readonly #poolsByName: ReadonlyMap<string, GpuPool>;
  readonly #keys: readonly string[];

  constructor(pools: readonly GpuPool[]) {
    this.#keys = [...new Set(pools.flatMap((pool) => Object.keys(pool.match)))];
    this.#poolsByName = new Map(pools.map((pool) => [pool.name, pool]));
    this.#pools = pools.map((pool) => ({
      pool,
      conditions: Object.entries(pool.match).map(([key, patterns]) =>
        conditionOn(this.#keys.indexOf(key), patterns),
      ),
    }));
  }

  /**
   * The pool that the span names, or else the one that the call matches. Each key is looked up once, however many pools
   * ask for it; `server.address` fits as the host and as `host:port`.
   */
  match(call: ModelCall, span: PoolSubject): GpuPool | undefined {
    if (this.#pools.length === 0) return undefined;
    const named = span.attribute(POOL_ATTRIBUTE);
    const known = typeof named === 'string' ? this.#poolsByName.get(named) : undefined;
    if (known !== undefined) return known;
    const values = new CallValues(this.#keys, call, span);
    for (const { pool, conditions } of this.#pools) if (fitsAll(conditions, values)) return pool;
    return undefined;
  }
}

/** Which of a pool's replicas served a call; `undefined` where it has one only, or nothing tells. */
export function replicaOf(pool: GpuPool, call: ModelCall, span: PoolSubject): string | undefined {
  if (pool.replicas === 1) return undefined;
  // The resource of a client's span is the client.
  const isServer = call.usageSource === 'server';
  for (const key of pool.replicaKeys) {
    const replica =
      textOf(span.attribute(key)) ?? (isServer ? textOf(span.resourceAttribute(key)) : undefined);
    if (replica !== undefined) return replica.slice(0, REPLICA_CHARACTERS_MAX);
  }
  return undefined;
}

function conditionOn(keyIndex: number, patterns: readonly string[]): Condition {
  const globs = patterns.map((pattern) => new Glob(pattern));
  return {
    keyIndex,
    texts: new Set(globs.filter((glob) => glob.isLiteral).map((glob) => glob.pattern)),
    globs: globs.filter((glob) => !glob.isLiteral),
  };
}

function fitsAll(conditions: readonly Condition[], values: CallValues): boolean {
  for (const condition of conditions) {
    const value = values.at(condition.keyIndex);
    if (value === undefined) return false;
    if (typeof value === 'string' ? !fits(condition, value) : !value.some((one) => fits(condition, one)))
      return false;
  }
  return conditions.length > 0;
}

function fits({ texts, globs }: Condition, value: string): boolean {
  if (texts.has(value)) return true;
  for (const glob of globs) if (glob.fits(value)) return true;
  return false;
}

/** What a call and its span say under the keys of a matcher. */
class CallValues {
  readonly #keys: readonly string[];
  readonly #call: ModelCall;
  readonly #span: PoolSubject;
  readonly #found: (string | readonly string[] | undefined | null)[];

  constructor(keys: readonly string[], call: ModelCall, span: PoolSubject) {
    this.#keys = keys;
    this.#call = call;
    this.#span = span;
    this.#found = keys.map(() => null);
  }

  /** The value under a key; for an address also the one with its port. */
  at(keyIndex: number): string | readonly string[] | undefined {
    const known = this.#found[keyIndex];
    if (known !== null) return known;
    const found = this.#lookUp(this.#keys[keyIndex] ?? '');
    this.#found[keyIndex] = found;
    return found;
  }

  /** The span's word, else the call's, else that of the process that wrote the span. */
  #lookUp(key: string): string | readonly string[] | undefined {
    const value =
      textOf(this.#span.attribute(key)) ??
      CALL_FIELDS.get(key)?.(this.#call) ??
      textOf(this.#span.resourceAttribute(key));
    if (value === undefined || key !== ADDRESS_ATTRIBUTE) return value;
    const port = textOf(this.#span.attribute(PORT_ATTRIBUTE));
    return port === undefined ? value : [value, `${value}:${port}`];
  }
}

/** An attribute's value as a pattern sees it; lists and empty texts say nothing. */
function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value === '' ? undefined : value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      return undefined;
  }
}
