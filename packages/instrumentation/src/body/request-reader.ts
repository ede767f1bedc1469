import type { JsonFields } from '@costspan/semconv';
import type { FieldTree } from './field-tree.ts';
import { JsonExtractor } from './json-extractor.ts';
import { MultipartReader } from './multipart-field.ts';
import { TextLengths } from './text-length.ts';

/** Reads the allow-listed fields of a request's body. */
export interface RequestReader {
  push(chunk: Uint8Array | string): void;
  end(): void;
}

/** A longer body is read no further: what is wanted of it describes the call and comes early. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

const DASH = 0x2d;

/**
 * Opens a body as what its first bytes say it is: a form begins with its boundary, `--…`, and everything else is read
 * as JSON. Its headers are not looked at, as they hold the key.
 */
export function openRequestReader(fields: FieldTree, onFields: (fields: JsonFields) => void): RequestReader {
  let reader: { push(bytes: Uint8Array): void; end(): void } | undefined;
  let bytesRead = 0;
  const sized = sizedTexts(fields);
  const lengths = sized.size === 0 ? undefined : new TextLengths(sized, onFields);
  return {
    push(chunk) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      if (bytes.length === 0) return;
      bytesRead += bytes.length;
      if (bytesRead > BODY_BYTES_MAX) return;
      reader ??=
        bytes[0] === DASH ? new MultipartReader(fields, onFields) : new JsonExtractor(fields, onFields);
      reader.push(bytes);
      lengths?.push(bytes);
    },
    end() {
      reader?.end();
    },
  };
}

/** By format, as it is the same for each of its requests. */
const sizedTextsOf = new WeakMap<FieldTree, ReadonlySet<string>>();

function sizedTexts(fields: FieldTree): ReadonlySet<string> {
  let sized = sizedTextsOf.get(fields);
  if (sized === undefined) {
    const names = [...fields.fieldsByName].filter(([, field]) => field.fieldsByName.has('length'));
    sized = new Set(names.map(([name]) => name));
    sizedTextsOf.set(fields, sized);
  }
  return sized;
}
