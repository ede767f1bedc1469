import { type ConfigError, formatKeyPath } from './config-error.ts';
import { describeIssue } from './describe-issue.ts';
import type { PriceOverlayFile } from './price-overlay-file.ts';
import { priceOverlayJsonSchema, priceOverlaySchema } from './price-overlay-schema.ts';
import { readYaml } from './yaml-source.ts';

export type OverlayFileResult =
  | { readonly ok: true; readonly overlay: PriceOverlayFile }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/** Reads the text of a price overlay. `sourceName` is the file's name, as errors shall show it. */
export function parsePriceOverlay(text: string, sourceName: string): OverlayFileResult {
  const yaml = readYaml(text, sourceName);
  if (yaml.errors.length > 0) return { ok: false, errors: yaml.errors };
  const result = priceOverlaySchema.safeParse(yaml.value ?? {}, { reportInput: true });
  if (result.success) return { ok: true, overlay: result.data };
  const schema = priceOverlayJsonSchema();
  const errors = result.error.issues
    .flatMap((issue) => describeIssue(issue, schema))
    .map(({ code, path, message }) => ({
      code,
      source: sourceName,
      position: yaml.positionOf(path),
      keyPath: formatKeyPath(path),
      message,
    }))
    .sort((a, b) => a.position.line - b.position.line);
  return { ok: false, errors };
}
