import type { TokenUsage } from '@costspan/cost-model';
import type { ProviderCalls, RecordedTruth } from './recorded-truth.ts';

function openAi(usage: TokenUsage): ProviderCalls {
  return { calls: 1, provider: 'openai', kind: 'inference', usage };
}

function claude(usage: TokenUsage): ProviderCalls {
  return { calls: 1, provider: 'anthropic', kind: 'inference', usage };
}

/** The emulator takes the place of Azure, too. */
function azure(usage: TokenUsage): ProviderCalls {
  return { calls: 1, provider: 'azure.ai.inference', kind: 'inference', usage };
}

const EMBEDDINGS: ProviderCalls = { calls: 1, provider: 'openai', kind: 'embeddings', usage: { input: 4 } };
const AZURE_EMBEDDINGS: ProviderCalls = { ...EMBEDDINGS, provider: 'azure.ai.inference' };

/** What the provider emulator served while the fixtures of Python packages were recorded, by the fixture's name. */
export const PYTHON_TRUTH: Readonly<Record<string, RecordedTruth>> = {
  'azure-ai-inference-python': {
    answered: [
      azure({ input: 1033, cacheRead: 768, output: 245, reasoning: 148 }),
      azure({ input: 393, cacheRead: 1408, output: 336, reasoning: 699 }),
      AZURE_EMBEDDINGS,
    ],
    refused: 0,
  },
  'langchain-python__openinference-twice': {
    answered: [
      openAi({ input: 1161, cacheRead: 640, output: 223, reasoning: 256 }),
      openAi({ input: 1801, output: 605, reasoning: 580 }),
      claude({ input: 5, cacheRead: 1803, output: 554 }),
      claude({ input: 5, cacheRead: 1803, output: 309 }),
    ],
    refused: 1,
  },
  'langfuse-python-v5': {
    answered: [
      openAi({ input: 1033, cacheRead: 768, output: 152, reasoning: 162 }),
      openAi({ input: 1161, cacheRead: 640, output: 304, reasoning: 222 }),
      openAi({ input: 5, output: 1321, reasoning: 170 }),
      openAi({ input: 14, output: 56 }),
      openAi({ input: 1800, output: 413 }),
      EMBEDDINGS,
      // Reported by hand.
      claude({ input: 5, cacheRead: 1803, output: 100 }),
    ],
    refused: 1,
  },
  'langsmith-python': {
    answered: [
      openAi({ input: 1033, cacheRead: 768, output: 97, reasoning: 16 }),
      openAi({ input: 1801, output: 696, reasoning: 170 }),
      openAi({ input: 649, cacheRead: 1152, output: 690, reasoning: 193 }),
      openAi({ input: 1032, cacheRead: 768, output: 352, reasoning: 364 }),
    ],
    refused: 1,
  },
  'litellm-proxy__otel-v1': {
    answered: [
      openAi({ input: 1036, cacheRead: 768, output: 344, reasoning: 1197 }),
      openAi({ input: 908, cacheRead: 896, output: 240, reasoning: 72 }),
      openAi({ input: 7, output: 145, reasoning: 398 }),
      claude({ input: 7, cacheWrite5m: 1803, output: 782 }),
      claude({ input: 7, cacheWrite5m: 1803, output: 500 }),
      EMBEDDINGS,
      openAi({ input: 904, cacheRead: 896, output: 206, reasoning: 78 }),
    ],
    refused: 1,
  },
  'litellm-proxy__otel-v1__model-alias': {
    answered: [
      openAi({ input: 5, output: 624, reasoning: 577 }),
      openAi({ input: 5, output: 256, reasoning: 102 }),
      claude({ input: 6, output: 242 }),
      claude({ input: 6, output: 1211 }),
    ],
    refused: 0,
  },
  'litellm-proxy__otel-v2': {
    answered: [
      openAi({ input: 1036, cacheRead: 768, output: 163, reasoning: 251 }),
      openAi({ input: 1804, output: 458, reasoning: 475 }),
      openAi({ input: 7, output: 136 }),
      claude({ input: 7, cacheWrite5m: 1803, output: 52 }),
      claude({ input: 7, cacheRead: 1803, output: 196 }),
      EMBEDDINGS,
      openAi({ input: 1800, output: 247, reasoning: 396 }),
    ],
    refused: 1,
  },
  'litellm-proxy__otel-v2__model-alias': {
    answered: [
      openAi({ input: 5, output: 532, reasoning: 395 }),
      openAi({ input: 5, output: 1105, reasoning: 6054 }),
      claude({ input: 6, output: 1876 }),
      claude({ input: 6, output: 611 }),
    ],
    refused: 0,
  },
  'litellm-sdk__otel-v1': {
    answered: [
      openAi({ input: 521, cacheRead: 1280, output: 89, reasoning: 113 }),
      openAi({ input: 777, cacheRead: 1024, output: 587, reasoning: 89 }),
      openAi({ input: 5, output: 53, reasoning: 565 }),
      openAi({ input: 14, output: 47, reasoning: 152 }),
      claude({ input: 5, cacheRead: 1803, output: 107 }),
      claude({ input: 5, cacheRead: 1803, output: 618 }),
      EMBEDDINGS,
      openAi({ input: 392, cacheRead: 1408, output: 695, reasoning: 364 }),
    ],
    refused: 1,
  },
  'logfire__openai-anthropic': {
    answered: [
      openAi({ input: 5, output: 501, reasoning: 183 }),
      openAi({ input: 1801, output: 201 }),
      openAi({ input: 393, cacheRead: 1408, output: 219, reasoning: 213 }),
      openAi({ input: 5, output: 147, reasoning: 135 }),
      openAi({ input: 14, output: 47, reasoning: 160 }),
      openAi({ input: 1032, cacheRead: 768, output: 291, reasoning: 139 }),
      openAi({ input: 648, cacheRead: 1152, output: 466, reasoning: 2788 }),
      EMBEDDINGS,
      claude({ input: 6, output: 262 }),
      claude({ input: 5, cacheRead: 1803, output: 267 }),
      claude({ input: 5, cacheWrite5m: 1803, output: 143 }),
      claude({ input: 5, cacheWrite5m: 1803, output: 662 }),
      claude({ input: 13, output: 87 }),
    ],
    refused: 2,
  },
  'microsoft-agent-framework': {
    answered: [
      openAi({ input: 777, cacheRead: 1024, output: 74, reasoning: 476 }),
      openAi({ input: 19, output: 141, reasoning: 520 }),
      openAi({ input: 47, output: 249, reasoning: 488 }),
      openAi({ input: 910, cacheRead: 896, output: 678, reasoning: 794 }),
      openAi({ input: 265, cacheRead: 1536, output: 310, reasoning: 360 }),
    ],
    refused: 0,
  },
  'openinference-python__litellm': {
    answered: [
      openAi({ input: 265, cacheRead: 1536, output: 115, reasoning: 478 }),
      openAi({ input: 1801, output: 540 }),
      claude({ input: 5, cacheWrite5m: 1803, output: 379 }),
      EMBEDDINGS,
    ],
    refused: 0,
  },
  'openinference-python__openai-anthropic': {
    answered: [
      openAi({ input: 5, output: 634, reasoning: 2182 }),
      openAi({ input: 1161, cacheRead: 640, output: 139, reasoning: 1431 }),
      openAi({ input: 1033, cacheRead: 768, output: 2827, reasoning: 1031 }),
      openAi({ input: 5, output: 1584, reasoning: 6591 }),
      openAi({ input: 14, output: 203 }),
      openAi({ input: 1160, cacheRead: 640, output: 355, reasoning: 265 }),
      openAi({ input: 520, cacheRead: 1280, output: 878 }),
      EMBEDDINGS,
      claude({ input: 6, output: 257 }),
      claude({ input: 5, cacheRead: 1803, output: 186 }),
      claude({ input: 5, cacheWrite5m: 1803, output: 255 }),
      claude({ input: 5, cacheWrite5m: 1803, output: 337 }),
      claude({ input: 13, output: 24 }),
    ],
    refused: 2,
  },
  'openlit-python__openai-anthropic': {
    answered: [
      openAi({ input: 5, output: 526 }),
      openAi({ input: 905, cacheRead: 896, output: 209, reasoning: 215 }),
      openAi({ input: 1801, output: 146, reasoning: 324 }),
      openAi({ input: 5, output: 153, reasoning: 285 }),
      openAi({ input: 14, output: 116, reasoning: 132 }),
      openAi({ input: 648, cacheRead: 1152, output: 322, reasoning: 140 }),
      openAi({ input: 1800, output: 452, reasoning: 412 }),
      EMBEDDINGS,
      claude({ input: 6, output: 1000 }),
      claude({ input: 5, cacheWrite5m: 1803, output: 181 }),
      claude({ input: 5, cacheWrite5m: 1803, output: 289 }),
      claude({ input: 5, cacheWrite5m: 1803, output: 363 }),
      claude({ input: 13, output: 16 }),
    ],
    refused: 2,
  },
  'openllmetry-python__openai-anthropic': {
    answered: [
      openAi({ input: 5, output: 286, reasoning: 244 }),
      openAi({ input: 393, cacheRead: 1408, output: 93, reasoning: 18 }),
      openAi({ input: 1801, output: 400, reasoning: 288 }),
      openAi({ input: 5, output: 399, reasoning: 580 }),
      openAi({ input: 14, output: 54, reasoning: 738 }),
      openAi({ input: 1800, output: 180, reasoning: 133 }),
      openAi({ input: 776, cacheRead: 1024, output: 91, reasoning: 37 }),
      EMBEDDINGS,
      claude({ input: 6, output: 222 }),
      claude({ input: 5, cacheWrite5m: 1803, output: 127 }),
      claude({ input: 5, cacheRead: 1803, output: 838 }),
      claude({ input: 5, cacheWrite5m: 1803, output: 298 }),
      claude({ input: 13, output: 34 }),
    ],
    refused: 2,
  },
  'otel-openai-v2-python': {
    answered: [
      openAi({ input: 5, output: 582 }),
      openAi({ input: 521, cacheRead: 1280, output: 151, reasoning: 158 }),
      openAi({ input: 1801, output: 79, reasoning: 411 }),
      openAi({ input: 5, output: 125 }),
      openAi({ input: 14, output: 110, reasoning: 138 }),
      openAi({ input: 1800, output: 106, reasoning: 271 }),
      openAi({ input: 1800, output: 297, reasoning: 501 }),
      EMBEDDINGS,
    ],
    refused: 1,
  },
  'otel-openai-v2-python__latest-semconv': {
    answered: [
      openAi({ input: 5, output: 169, reasoning: 351 }),
      openAi({ input: 905, cacheRead: 896, output: 75 }),
      openAi({ input: 265, cacheRead: 1536, output: 280, reasoning: 185 }),
      openAi({ input: 5, output: 271, reasoning: 46 }),
      openAi({ input: 14, output: 134, reasoning: 319 }),
      openAi({ input: 648, cacheRead: 1152, output: 255, reasoning: 2386 }),
      openAi({ input: 520, cacheRead: 1280, output: 87 }),
      EMBEDDINGS,
    ],
    refused: 1,
  },
  'pydantic-ai__1.0': {
    answered: [
      openAi({ input: 1161, cacheRead: 640, output: 477, reasoning: 621 }),
      openAi({ input: 14, output: 23, reasoning: 112 }),
      openAi({ input: 41, output: 51, reasoning: 401 }),
      openAi({ input: 68, output: 70, reasoning: 76 }),
      openAi({ input: 96, output: 135, reasoning: 306 }),
    ],
    refused: 0,
  },
  'pydantic-ai__2.68': {
    answered: [
      openAi({ input: 777, cacheRead: 1024, output: 137 }),
      openAi({ input: 14, output: 140, reasoning: 166 }),
      openAi({ input: 41, output: 14, reasoning: 174 }),
      openAi({ input: 68, output: 374, reasoning: 917 }),
      openAi({ input: 905, cacheRead: 896, output: 495, reasoning: 2091 }),
      claude({ input: 6, cacheRead: 1803, output: 431 }),
      openAi({ input: 777, cacheRead: 1024, output: 823, reasoning: 79 }),
      claude({ input: 6, cacheWrite5m: 1803, output: 198 }),
      EMBEDDINGS,
      EMBEDDINGS,
    ],
    refused: 1,
  },
  'semantic-kernel': {
    answered: [
      openAi({ input: 649, cacheRead: 1152, output: 305, reasoning: 1557 }),
      openAi({ input: 777, cacheRead: 1024, output: 236, reasoning: 498 }),
      openAi({ input: 14, output: 64, reasoning: 100 }),
      openAi({ input: 42, output: 80, reasoning: 427 }),
      openAi({ input: 70, output: 648, reasoning: 1093 }),
      openAi({ input: 98, output: 235, reasoning: 1221 }),
      openAi({ input: 5, output: 125, reasoning: 989 }),
      EMBEDDINGS,
    ],
    refused: 1,
  },
  strands: {
    answered: [
      openAi({ input: 266, cacheRead: 1536, output: 388 }),
      openAi({ input: 19, output: 105, reasoning: 67 }),
      openAi({ input: 46, output: 193, reasoning: 1981 }),
      claude({ input: 5, cacheWrite5m: 1803, output: 200 }),
    ],
    refused: 1,
  },
};
