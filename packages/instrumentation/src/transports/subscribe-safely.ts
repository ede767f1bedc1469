import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { TapFailure } from '../call-tap.ts';
import { reportFailure } from './tapped-exchange.ts';

/** Messages of Node and of undici, whose shape differs from version to version. */
export type ChannelMessage = Readonly<Record<string, unknown>>;

/**
 * Subscribes to diagnostics channels by name. Node turns what a subscriber throws into an uncaught exception, which
 * would end the process, so everything is caught here. Channels that this version of Node lacks never publish.
 *
 * @returns stops listening.
 */
export function subscribeSafely(
  subscribers: Readonly<Record<string, (message: ChannelMessage) => void>>,
  onFailure: (failure: TapFailure) => void,
): () => void {
  const subscribed = Object.entries(subscribers).map(([channel, subscriber]) => {
    const listener = (message: unknown): void => {
      try {
        subscriber(message as ChannelMessage);
      } catch {
        reportFailure(onFailure, 'internal_error');
      }
    };
    subscribe(channel, listener);
    return { channel, listener };
  });
  return () => {
    for (const { channel, listener } of subscribed) unsubscribe(channel, listener);
  };
}
