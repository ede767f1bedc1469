import type { Dialect } from './dialect.ts';
import { agentgateway } from './dialects/agentgateway.ts';
import { aiSdkLegacy } from './dialects/ai-sdk-legacy.ts';
import { aiSdk } from './dialects/ai-sdk.ts';
import { anthropicSdk } from './dialects/anthropic-sdk.ts';
import { azureAi } from './dialects/azure-ai.ts';
import { bifrost } from './dialects/bifrost.ts';
import { claudeCode } from './dialects/claude-code.ts';
import { cloudflare } from './dialects/cloudflare.ts';
import { codex } from './dialects/codex.ts';
import { costspanWire } from './dialects/costspan-wire.ts';
import { envoyAiGateway } from './dialects/envoy-ai-gateway.ts';
import { geminiCli } from './dialects/gemini-cli.ts';
import { googleAdk } from './dialects/google-adk.ts';
import { googleGenAi } from './dialects/google-genai.ts';
import { kong } from './dialects/kong.ts';
import { langfuse } from './dialects/langfuse.ts';
import { langSmith } from './dialects/langsmith.ts';
import { liteLlm } from './dialects/litellm.ts';
import { logfire } from './dialects/logfire.ts';
import { mastra } from './dialects/mastra.ts';
import { mistral } from './dialects/mistral.ts';
import { openInference } from './dialects/openinference.ts';
import { openLit } from './dialects/openlit.ts';
import { openLlmetry } from './dialects/openllmetry.ts';
import { openRouter } from './dialects/openrouter.ts';
import { openTelemetryBedrock } from './dialects/opentelemetry-bedrock.ts';
import { openTelemetryOpenAi } from './dialects/opentelemetry-openai.ts';
import { openTelemetry } from './dialects/opentelemetry.ts';
import { portkey } from './dialects/portkey.ts';
import { pydanticAi } from './dialects/pydantic-ai.ts';
import { semanticKernel } from './dialects/semantic-kernel.ts';
import { sentry } from './dialects/sentry.ts';
import { sglang } from './dialects/sglang.ts';
import { strands } from './dialects/strands.ts';
import { tensorRtLlm } from './dialects/tensorrt-llm.ts';
import { tgi } from './dialects/tgi.ts';
import { traceloopHub } from './dialects/traceloop-hub.ts';
import { triton } from './dialects/triton.ts';
import { vercelAiGateway } from './dialects/vercel-ai-gateway.ts';
import { vllm } from './dialects/vllm.ts';

/** Every dialect, in the order in which they are asked: the general conventions last. */
export const DIALECTS: readonly Dialect[] = [
  costspanWire,
  aiSdk,
  aiSdkLegacy,
  anthropicSdk,
  mistral,
  openLlmetry,
  openLit,
  langfuse,
  langSmith,
  mastra,
  sentry,
  openInference,
  pydanticAi,
  logfire,
  liteLlm,
  strands,
  semanticKernel,
  azureAi,
  vllm,
  sglang,
  tgi,
  tensorRtLlm,
  triton,
  openRouter,
  vercelAiGateway,
  bifrost,
  agentgateway,
  envoyAiGateway,
  kong,
  portkey,
  traceloopHub,
  cloudflare,
  claudeCode,
  codex,
  geminiCli,
  googleAdk,
  googleGenAi,
  openTelemetryOpenAi,
  openTelemetryBedrock,
  openTelemetry,
];
