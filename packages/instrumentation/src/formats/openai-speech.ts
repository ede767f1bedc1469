import { fieldsOf, type JsonFields, tokenCount } from '@costspan/semconv';
import type { AnswerReader, WireAnswer, WireFormat, WireRequest, WireResponseHead } from '../wire-format.ts';
import { OpenAiAnswer } from './openai-answer.ts';
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
  answerFields: ['type', 'usage', 'error.code', 'error.type'],
  eventKeys: ['usage', 'error'],
  requestFields: ['model', 'input.length'],
  newReader: (request) => new SpeechReader(request),
};

class SpeechReader implements AnswerReader {
  readonly #answer: OpenAiAnswer;

  constructor(request: WireRequest) {
    this.#answer = new OpenAiAnswer(request);
  }

  readHead(head: WireResponseHead): void {
    this.#answer.readHead(head);
    if (/^\s*audio\//i.test(head.header('content-type') ?? '')) this.#answer.put({ isRecognised: true });
  }

  read(document: JsonFields): void {
    const answer = this.#answer;
    const { type } = document;
    answer.putError(type === 'error' ? (document['error'] ?? document) : document['error']);
    if (typeof type === 'string' && type.startsWith('speech.audio')) answer.put({ isRecognised: true });
    const usage = fieldsOf(document['usage']);
    const input = tokenCount(usage?.['input_tokens'] ?? usage?.['prompt_tokens']);
    const outputAudio = tokenCount(usage?.['output_tokens'] ?? usage?.['completion_tokens']);
    if (input === undefined || outputAudio === undefined) return;
    answer.put({ usage: { input, outputAudio }, isUsageFinal: true });
  }

  /** What was asked for is billed once the audio begins. */
  answer(): WireAnswer {
    const answer = this.#answer.answer();
    const characters = tokenCount(fieldsOf(this.#answer.request.bodyFields['input'])?.['length']);
    if (characters === undefined || answer.errorType !== undefined || !answer.isRecognised) return answer;
    if (answer.usage !== undefined) return { ...answer, usage: { ...answer.usage, characters } };
    return { ...answer, usage: { characters }, isUsageFinal: true };
  }
}
