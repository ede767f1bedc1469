import type { WireFormat, WireRoute } from '../wire-format.ts';
import { AnthropicAnswer } from './anthropic-answer.ts';
import { anthropicMessages } from './anthropic-messages.ts';

/**
 * Claude on Google Cloud: Anthropic's messages, with model and region in the path. Tokens are counted by a model named
 * `count-tokens`, for nothing.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai, `client.ts` of
 * `@anthropic-ai/vertex-sdk` 1.1
 */
export const anthropicVertex: WireFormat = {
  ...anthropicMessages,
  name: 'anthropic-vertex',
  defaultProvider: 'gcp.vertex_ai',
  routes: [route('rawPredict'), route('streamRawPredict')],
  newReader: (request) =>
    new AnthropicAnswer({ request, namesModel: true, region: request.pathFields['region'] }),
};

function route(ending: string): WireRoute {
  const path = new RegExp(
    `/locations/(?<region>[^/]+)/publishers/anthropic/models/(?!count-tokens:)(?<model>[^/:]+):${ending}$`,
  );
  return { method: 'POST', ending, path };
}
