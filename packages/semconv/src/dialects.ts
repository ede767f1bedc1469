import type { Dialect } from './dialect.ts';
import { aiSdk } from './dialects/ai-sdk.ts';
import { aiSdkLegacy } from './dialects/ai-sdk-legacy.ts';
import { anthropicSdk } from './dialects/anthropic-sdk.ts';
import { langfuse } from './dialects/langfuse.ts';
import { openInference } from './dialects/openinference.ts';
import { openLit } from './dialects/openlit.ts';
import { openLlmetry } from './dialects/openllmetry.ts';
import { openTelemetry } from './dialects/opentelemetry.ts';

/** Every dialect, in the order in which they are asked: the general conventions last. */
export const DIALECTS: readonly Dialect[] = [
  aiSdk,
  aiSdkLegacy,
  anthropicSdk,
  openLlmetry,
  openLit,
  langfuse,
  openInference,
  openTelemetry,
];
