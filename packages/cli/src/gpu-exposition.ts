/** One sample of a Prometheus text exposition. */
export interface MetricSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** May be infinite or not a number, as its source wrote it. */
  readonly value: number;
}

/** A line that is none of the format. */
export class ExpositionError extends Error {
  readonly lineNumber: number;

  constructor(lineNumber: number, message: string) {
    super(`line ${lineNumber}: ${message}`);
    this.lineNumber = lineNumber;
  }
}

const LINE_CHARACTERS_MAX = 64 * 1024;
const SAMPLES_MAX = 100_000;
const LABELS_MAX = 128;
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const BLANKS = /[ \t]*/y;
const NUMBER = /^[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)$/i;
const TIMESTAMP = /^-?\d+(?:\.\d+)?$/;

/**
 * Reads the samples of some metrics from a text exposition of Prometheus or OpenMetrics. Every line has to be of the
 * format, whether its metric is wanted or not: a page of something else is not taken for one without samples.
 *
 * @throws ExpositionError at a line that is not, or is too long, or with too many samples.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parseExposition(text: string, names: ReadonlySet<string>): MetricSample[] {
  const samples: MetricSample[] = [];
  let lineNumber = 0;
  for (let start = 0; start < text.length;) {
    lineNumber += 1;
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    if (end - start > LINE_CHARACTERS_MAX) {
      throw new ExpositionError(lineNumber, `more than ${LINE_CHARACTERS_MAX} characters`);
    }
    const line = text.slice(start, end).trim();
    start = end + 1;
    if (line === '' || line.startsWith('#')) continue;
    const sample = new SampleReader(line, lineNumber).read();
    if (!names.has(sample.name)) continue;
    if (samples.length === SAMPLES_MAX) {
      throw new ExpositionError(lineNumber, `more than ${SAMPLES_MAX} samples of the metrics`);
    }
    samples.push(sample);
  }
  return samples;
}

/** Reads `name{label="value",…} value [timestamp]`, with whatever an OpenMetrics exemplar adds behind ` # `. */
class SampleReader {
  readonly #line: string;
  readonly #lineNumber: number;
  #position = 0;

  constructor(line: string, lineNumber: number) {
    this.#line = line;
    this.#lineNumber = lineNumber;
  }

  read(): MetricSample {
    const name = this.#take(NAME);
    if (name === '') this.#fail('it starts with no metric name');
    this.#take(BLANKS);
    const labels = this.#line[this.#position] === '{' ? this.#readLabels() : new Map<string, string>();
    const rest = this.#line.slice(this.#position).split(' # ', 1)[0] ?? '';
    const [value = '', timestamp, ...more] = rest.trim().split(/[ \t]+/);
    if (!NUMBER.test(value)) this.#fail('the value is no number');
    if (more.length > 0 || (timestamp !== undefined && !TIMESTAMP.test(timestamp))) {
      this.#fail('there is more than a value and a timestamp');
    }
    return { name, labels, value: numberOf(value) };
  }

  #readLabels(): ReadonlyMap<string, string> {
    const labels = new Map<string, string>();
    this.#position += 1;
    for (;;) {
      this.#take(BLANKS);
      if (this.#takeCharacter('}')) return labels;
      if (labels.size === LABELS_MAX) this.#fail(`more than ${LABELS_MAX} labels`);
      const name = this.#take(LABEL_NAME);
      if (name === '') this.#fail('a label has no name');
      this.#take(BLANKS);
      if (!this.#takeCharacter('=')) this.#fail(`label ${name} has no value`);
      this.#take(BLANKS);
      if (!this.#takeCharacter('"')) this.#fail(`the value of label ${name} is not quoted`);
      labels.set(name, this.#readQuoted());
      this.#take(BLANKS);
      if (!this.#takeCharacter(',') && this.#line[this.#position] !== '}') {
        this.#fail(`no comma after label ${name}`);
      }
    }
  }

  #readQuoted(): string {
    let value = '';
    for (;;) {
      const character = this.#line[this.#position];
      if (character === undefined) this.#fail('a quoted value does not end');
      this.#position += 1;
      if (character === '"') return value;
      if (character !== '\\') {
        value += character;
        continue;
      }
      const escaped = this.#line[this.#position];
      this.#position += 1;
      if (escaped === 'n') value += '\n';
      else if (escaped === '\\' || escaped === '"') value += escaped;
      else this.#fail('a quoted value has an unknown escape');
    }
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.#line)?.[0] ?? '';
    this.#position += found.length;
    return found;
  }

  #takeCharacter(character: string): boolean {
    const found = this.#line[this.#position] === character;
    if (found) this.#position += 1;
    return found;
  }

  #fail(message: string): never {
    throw new ExpositionError(this.#lineNumber, message);
  }
}

function numberOf(text: string): number {
  const name = text.toLowerCase();
  if (name.includes('inf')) return name.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}
