import zlib, { constants } from 'node:zlib';
import type { TapFailure } from '../call-tap.ts';

/** Undoes one content coding. */
export interface Inflater {
  push(chunk: Buffer): void;
  /** Nothing more comes. An input that is cut short is no failure: what could be inflated was handed on. */
  end(): void;
  /** Frees the memory outside the heap. Idempotent. */
  close(): void;
}

export interface InflaterOptions {
  /** Takes inflated bytes; they are overwritten after the call. */
  readonly takeBytes: (bytes: Buffer) => void;
  readonly onFailure: (failure: TapFailure) => void;
}

export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';

/** Of `deflate` there are two kinds, with zlib's header and without, whatever RFC 9110 says. */
type ZlibFormat = 'gzip' | 'zlib' | 'deflate-raw' | 'br' | 'zstd';

/** An inflater holds its window outside the heap: 32 KiB of gzip, up to 16 MiB of the others. */
const INFLATERS_MAX = 256;
const INFLATED_BYTES_MAX = 64 * 1024 * 1024;
/** Kept until the end where only one-shot inflating works. */
const COMPRESSED_BYTES_MAX = 1024 * 1024;
const SCRATCH_BYTES = 16 * 1024;
/** The window that RFC 9659 allows for the web: 8 MiB. */
const ZSTD_WINDOW_LOG_MAX = 23;

const ZLIB_METHOD = 8;

/** The part of zlib's native object that is used; Node's own synchronous functions work through it. */
interface ZlibHandle {
  onerror: (message: string, errno: number, code: string) => void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    output: Uint8Array,
    outputOffset: number,
    outputLength: number,
  ): void;
  close(): void;
}

interface ZlibInternals {
  _handle: ZlibHandle | null;
  /** Free bytes of the output and remaining bytes of the input after a write. */
  _writeState: Uint32Array;
}

interface FormatFunctions {
  readonly flush: number;
  open(): unknown;
  /** {@link SAMPLE_TEXT}, compressed and in base64. */
  readonly sample: string;
  inflateSync(bytes: Buffer, options: { readonly maxOutputLength: number }): Buffer;
}

/** The native object is what is used of a stream; its own buffer is as small as it may be. */
const STREAM = { chunkSize: 64 };
const BROTLI = { finishFlush: constants.BROTLI_OPERATION_FLUSH };
const ZLIB = { finishFlush: constants.Z_SYNC_FLUSH };
const ZSTD = { params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX } };

const SAMPLE_TEXT = 'inflated in steps';

const FORMATS: Readonly<Record<ZlibFormat, FormatFunctions>> = {
  gzip: {
    flush: constants.Z_SYNC_FLUSH,
    open: () => zlib.createGunzip(STREAM),
    sample: 'H4sIAAAAAAAAA8vMS8tJLElNUcjMUyguSS0oBgClB0VqEQAAAA==',
    inflateSync: (bytes, limit) => zlib.gunzipSync(bytes, { ...ZLIB, ...limit }),
  },
  zlib: {
    flush: constants.Z_SYNC_FLUSH,
    open: () => zlib.createInflate(STREAM),
    sample: 'eJzLzEvLSSxJTVHIzFMoLkktKAYAOyMGjg==',
    inflateSync: (bytes, limit) => zlib.inflateSync(bytes, { ...ZLIB, ...limit }),
  },
  'deflate-raw': {
    flush: constants.Z_SYNC_FLUSH,
    open: () => zlib.createInflateRaw(STREAM),
    sample: 'y8xLy0ksSU1RyMxTKC5JLSgGAA==',
    inflateSync: (bytes, limit) => zlib.inflateRawSync(bytes, { ...ZLIB, ...limit }),
  },
  br: {
    flush: constants.BROTLI_OPERATION_FLUSH,
    open: () => zlib.createBrotliDecompress(STREAM),
    sample: 'GxAA+CXTQNxKkk0Kl5l4qzoN',
    inflateSync: (bytes, limit) => zlib.brotliDecompressSync(bytes, { ...BROTLI, ...limit }),
  },
  zstd: {
    flush: constants.ZSTD_e_continue,
    open: () => zlib.createZstdDecompress({ ...STREAM, ...ZSTD }),
    sample: 'KLUv/SARiQAAaW5mbGF0ZWQgaW4gc3RlcHM=',
    inflateSync: (bytes, limit) =>
      zlib.zstdDecompressSync(bytes, { ...ZSTD, finishFlush: constants.ZSTD_e_continue, ...limit }),
  },
};

let openInflaters = 0;
/** An answer that nobody reads to its end is collected with its inflater, and no `close` comes. */
const abandoned = new FinalizationRegistry<undefined>(() => {
  openInflaters--;
});

/**
 * Opens an inflater. It works within `push`, so that what was received is known before the application can know it.
 */
export function openInflater(coding: Coding, options: InflaterOptions): Inflater | undefined {
  return coding === 'deflate' ? new DeflateInflater(options) : openFormat(coding, options);
}

function openFormat(format: ZlibFormat, options: InflaterOptions): Inflater | undefined {
  if (openInflaters >= INFLATERS_MAX) {
    options.onFailure('too_many_inflaters');
    return undefined;
  }
  return inflatesInSteps(format) ? new StepInflater(format, options) : new OneShotInflater(format, options);
}

/** For tests: how many inflaters are open. */
export function countOpenInflaters(): number {
  return openInflaters;
}

const inStepsByFormat = new Map<ZlibFormat, boolean>();

/** Whether zlib's native object is as it is expected to be, found out by inflating something. */
function inflatesInSteps(format: ZlibFormat): boolean {
  let inSteps = inStepsByFormat.get(format);
  if (inSteps === undefined) {
    inSteps = tryInSteps(format);
    inStepsByFormat.set(format, inSteps);
  }
  return inSteps;
}

function tryInSteps(format: ZlibFormat): boolean {
  const sample = Buffer.from(FORMATS[format].sample, 'base64');
  let text = '';
  let inflater: Inflater | undefined;
  try {
    inflater = new StepInflater(format, {
      takeBytes: (bytes) => {
        text += bytes.toString('latin1');
      },
      onFailure: () => {},
    });
    inflater.push(sample.subarray(0, 5));
    inflater.push(sample.subarray(5));
  } catch {
    return false;
  } finally {
    inflater?.close();
  }
  return text === SAMPLE_TEXT;
}

/** Tells the two kinds of `deflate` apart by the first byte: zlib's header states the method, which is 8. */
class DeflateInflater implements Inflater {
  readonly #options: InflaterOptions;
  #inflater: Inflater | undefined;
  #isOpen = true;

  constructor(options: InflaterOptions) {
    this.#options = options;
  }

  push(chunk: Buffer): void {
    const [first] = chunk;
    if (!this.#isOpen || first === undefined) return;
    this.#inflater ??= openFormat((first & 0x0f) === ZLIB_METHOD ? 'zlib' : 'deflate-raw', this.#options);
    this.#inflater?.push(chunk);
  }

  end(): void {
    this.#inflater?.end();
  }

  close(): void {
    this.#isOpen = false;
    this.#inflater?.close();
  }
}

/** Free output buffers. Two are in use at a time where two codings are stacked. */
const scratches: Buffer[] = [];

/** Inflates through zlib's native object: synchronously, and as far as the input goes. */
class StepInflater implements Inflater {
  readonly #options: InflaterOptions;
  readonly #flush: number;
  readonly #state: Uint32Array;
  #stream: ZlibInternals | undefined;
  #inflatedBytes = 0;

  constructor(format: ZlibFormat, options: InflaterOptions) {
    const { flush, open } = FORMATS[format];
    this.#options = options;
    this.#flush = flush;
    const stream = open() as ZlibInternals;
    if (stream._handle === null) throw new TypeError('zlib has no handle');
    stream._handle.onerror = () => this.#fail('corrupt_encoding');
    this.#stream = stream;
    this.#state = stream._writeState;
    openInflaters++;
    abandoned.register(this, undefined, this);
  }

  push(chunk: Buffer): void {
    const scratch = scratches.pop() ?? Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    try {
      this.#inflate(chunk, scratch);
    } finally {
      // What was answered must not stay in memory for longer than it is read.
      scratch.fill(0);
      scratches.push(scratch);
    }
  }

  end(): void {
    // Everything was handed on as it came.
  }

  close(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#stream = undefined;
    openInflaters--;
    abandoned.unregister(this);
    stream._handle?.close();
    stream._handle = null;
  }

  #inflate(chunk: Buffer, scratch: Buffer): void {
    const state = this.#state;
    let offset = 0;
    while (this.#stream !== undefined) {
      const remaining = chunk.length - offset;
      this.#stream._handle?.writeSync(this.#flush, chunk, offset, remaining, scratch, 0, SCRATCH_BYTES);
      // An error or a reader that has seen enough has closed it.
      if (this.#stream === undefined) return;
      const [freeBytes = 0, remainingBytes = 0] = state;
      const inflated = SCRATCH_BYTES - freeBytes;
      const isStuck = inflated === 0 && remainingBytes === remaining;
      offset = chunk.length - remainingBytes;
      this.#inflatedBytes += inflated;
      if (this.#inflatedBytes > INFLATED_BYTES_MAX) {
        this.#fail('inflated_too_large');
        return;
      }
      if (inflated > 0) this.#options.takeBytes(scratch.subarray(0, inflated));
      // After the end of the data the rest is ignored, as browsers do.
      if (isStuck || (freeBytes > 0 && remainingBytes === 0)) return;
    }
  }

  #fail(failure: TapFailure): void {
    if (this.#stream === undefined) return;
    this.close();
    this.#options.onFailure(failure);
  }
}

/** Where zlib's native object is not as expected: keeps the compressed bytes, and inflates them at the end. */
export class OneShotInflater implements Inflater {
  readonly #format: ZlibFormat;
  readonly #options: InflaterOptions;
  #chunks: Buffer[] = [];
  #length = 0;
  #isOpen = true;

  constructor(format: ZlibFormat, options: InflaterOptions) {
    this.#format = format;
    this.#options = options;
    openInflaters++;
    abandoned.register(this, undefined, this);
  }

  push(chunk: Buffer): void {
    if (!this.#isOpen) return;
    this.#length += chunk.length;
    if (this.#length > COMPRESSED_BYTES_MAX) this.#fail('body_too_large');
    else this.#chunks.push(Buffer.from(chunk));
  }

  end(): void {
    if (!this.#isOpen || this.#length === 0) return;
    let inflated: Buffer;
    try {
      inflated = FORMATS[this.#format].inflateSync(Buffer.concat(this.#chunks, this.#length), {
        maxOutputLength: INFLATED_BYTES_MAX,
      });
    } catch (error) {
      const { code } = error as { code?: unknown };
      this.#fail(code === 'ERR_BUFFER_TOO_LARGE' ? 'inflated_too_large' : 'corrupt_encoding');
      return;
    }
    this.#chunks = [];
    this.#options.takeBytes(inflated);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#chunks = [];
    openInflaters--;
    abandoned.unregister(this);
  }

  #fail(failure: TapFailure): void {
    this.close();
    this.#options.onFailure(failure);
  }
}
