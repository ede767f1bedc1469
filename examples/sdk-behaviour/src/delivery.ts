/** How an answer goes over the wire. */
export interface Delivery {
  /** The coding of the body, whatever the client accepts. Default: as it is. */
  readonly encoding?: 'gzip' | 'br' | 'deflate' | 'zstd';
  /** What the header says instead of {@link encoding}. */
  readonly encodingHeader?: string;
  /** How the bytes are written: event by event (the default), all at once, or in pieces of so many bytes. */
  readonly writes?: 'events' | 'whole' | number;
  /** The server sends nothing for so long before the head. */
  readonly headPauseMillis?: number;
  /** After so many events nothing more comes; the client has to leave. */
  readonly stallsAfter?: number;
  /** After so many events the connection is destroyed. */
  readonly breaksAfter?: number;
  /** The connection is destroyed after so many bytes of the encoded body, which is said to be whole. */
  readonly truncatesAt?: number;
  /** The first requests of a behaviour are refused, or all of them. */
  readonly refuses?: { readonly status: number; readonly times: number };
  /** The first request is sent on to the same address under another delivery. */
  readonly redirects?: string;
  /** What stands in the place of the provider's answer. */
  readonly answer?: AnswerName;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers that no provider gives, and those that are too large for the emulator. */
export type AnswerName =
  | 'structured'
  | 'huge'
  | 'endless'
  | 'invalid-json'
  | 'nested-usage'
  | 'absurd-usage'
  | 'misleading-tool-input'
  | 'empty'
  | 'binary';

const EVERY = Number.MAX_SAFE_INTEGER;

/** By the name that a client puts into its base URL. */
export const DELIVERIES = {
  plain: {},
  burst: { writes: 'whole' },
  bytes: { writes: 7 },
  gzip: { encoding: 'gzip' },
  br: { encoding: 'br' },
  deflate: { encoding: 'deflate' },
  zstd: { encoding: 'zstd' },
  'gzip-bytes': { encoding: 'gzip', writes: 5 },
  structured: { answer: 'structured' },
  late: { headPauseMillis: 1500 },
  stalled: { stallsAfter: 2 },
  'stalled-gzip': { stallsAfter: 2, encoding: 'gzip' },
  broken: { breaksAfter: 2 },
  'broken-gzip': { breaksAfter: 2, encoding: 'gzip' },
  'broken-head': { breaksAfter: 0 },
  'refused-400': { refuses: { status: 400, times: EVERY } },
  'refused-401': { refuses: { status: 401, times: EVERY } },
  'refused-404': { refuses: { status: 404, times: EVERY } },
  'refused-429': { refuses: { status: 429, times: EVERY } },
  'refused-500': { refuses: { status: 500, times: EVERY } },
  'refused-once': { refuses: { status: 429, times: 1 } },
  'failed-twice': { refuses: { status: 503, times: 2 } },
  redirected: { redirects: 'plain' },
  huge: { answer: 'huge', writes: 'whole' },
  'huge-gzip': { answer: 'huge', encoding: 'gzip' },
  endless: { answer: 'endless' },
  'wrong-encoding': { encodingHeader: 'gzip', writes: 'whole' },
  'unknown-encoding': { encodingHeader: 'compress', writes: 'whole' },
  'truncated-gzip': { encoding: 'gzip', truncatesAt: 60 },
  'truncated-plain': { truncatesAt: 60 },
  'invalid-json': { answer: 'invalid-json', writes: 'whole' },
  'nested-usage': { answer: 'nested-usage' },
  'absurd-usage': { answer: 'absurd-usage', writes: 'whole' },
  'misleading-tool-input': { answer: 'misleading-tool-input' },
  empty: { answer: 'empty' },
  binary: { answer: 'binary' },
  'wrong-type': { headers: { 'content-type': 'text/html' } },
} as const satisfies Record<string, Delivery>;

export type DeliveryName = keyof typeof DELIVERIES;

export function isDeliveryName(name: string): name is DeliveryName {
  return Object.hasOwn(DELIVERIES, name);
}
