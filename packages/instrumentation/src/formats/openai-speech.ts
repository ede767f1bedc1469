import { fieldsOf, type JsonFields, tokenCount } from '@costspan/semconv';
import type { WireAnswer, WireFormat, WireResponseHead } from '../wire-format.ts';
import { ERROR_FIELDS } from './openai-answer.ts';
import { OpenAiReader } from './openai-reader.ts';
import { openAiRoutes } from './openai-routes.ts';

/**
 * Speech. The answer is the audio itself, and what was spoken is counted in the request, by its length alone. Events,
 * where asked for, end with the tokens that newer models are billed by; all that comes out is audio.
 *
 * @see https://platform.openai.com/docs/api-reference/audio/createSpeech
 * @see https://platform.openai.com/docs/api-reference/audio/speech-audio-done-event
 */
export const openAiSpeech: WireFormat = {
  name: 'openai-speech',
  operation: 'speech',
  defaultProvider: 'openai',
  routes: openAiRoutes('speech', 'audio/speech'),
  answerFields: ['type', 'usage', ...ERROR_FIELDS],
  eventKeys: ['usage', 'error'],
  requestFields: ['model', 'input.length'],
  newReader: (request) => new SpeechReader(request),
};

class SpeechReader extends OpenAiReader {
  override readHead(head: WireResponseHead): void {
    super.readHead(head);
    if (/^\s*audio\//i.test(head.header('content-type') ?? '')) this.stated.put({ isRecognised: true });
  }

  read(document: JsonFields): void {
    const answer = this.stated;
    const { type } = document;
    answer.putError(type === 'error' ? (document['error'] ?? document) : document['error']);
    // Mistral's audio comes within JSON.
    const isAudio =
      typeof type === 'string' ? type.startsWith('speech.audio') : document['error'] === undefined;
    if (isAudio) answer.put({ isRecognised: true });
    const usage = fieldsOf(document['usage']);
    const input = tokenCount(usage?.['input_tokens'] ?? usage?.['prompt_tokens']);
    const outputAudio = tokenCount(usage?.['output_tokens'] ?? usage?.['completion_tokens']);
    if (input === undefined || outputAudio === undefined) return;
    answer.put({ usage: { input, outputAudio }, isUsageFinal: true });
  }

  /** Models without tokens are billed by what was to be spoken, once the audio begins. */
  override answer(): WireAnswer {
    const answer = super.answer();
    const characters = tokenCount(fieldsOf(this.stated.request.bodyFields['input'])?.['length']);
    if (!answer.isRecognised || answer.usage !== undefined || characters === undefined) return answer;
    return answer.errorType === undefined ? { ...answer, usage: { characters }, isUsageFinal: true } : answer;
  }
}
