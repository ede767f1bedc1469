import { z } from 'zod';

const KEYS_MAX = 64;
const PATTERNS_MAX = 256;
const TEXT_CHARACTERS_MAX = 256;

/** YAML reads `8000` and `true` as what they look like; attributes are compared as text. */
type Pattern = string | number | boolean;

const pattern: z.ZodType<string, Pattern> = z
  .union([z.string().min(1).max(TEXT_CHARACTERS_MAX), z.number(), z.boolean()])
  .transform(String);

/** A mapping of names to a text or a list of texts, in which `*` stands for any text. */
export function textPatterns({
  keysMin,
}: {
  readonly keysMin: number;
}): z.ZodType<Record<string, string[]>, Record<string, Pattern | Pattern[]>> {
  return z
    .record(
      z.string(),
      z.union([pattern.transform((text) => [text]), z.array(pattern).min(1).max(PATTERNS_MAX)]),
    )
    .superRefine((patterns, context) => {
      const keys = Object.keys(patterns);
      if (keys.length < keysMin) {
        context.addIssue({
          code: 'custom',
          message: 'must not be empty; name an attribute, such as service.name: vllm-llama-70b',
        });
      }
      if (keys.length > KEYS_MAX) {
        context.addIssue({ code: 'custom', message: `must have at most ${KEYS_MAX} keys` });
      }
      for (const key of keys) {
        if (key !== '' && key.length <= TEXT_CHARACTERS_MAX) continue;
        const message = `a key must have 1 to ${TEXT_CHARACTERS_MAX} characters`;
        context.addIssue({ code: 'custom', path: [key], message });
      }
    });
}
