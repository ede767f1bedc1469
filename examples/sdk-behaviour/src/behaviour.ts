import type { DeliveryName } from './delivery.ts';
import type { Sdks } from './sdks.ts';

/** What a behaviour is given. */
export interface BehaviourScene {
  /** The address of a provider whose answers come in that way. */
  url(delivery: DeliveryName): string;
  /** The same over HTTP/2. */
  http2Url(delivery: DeliveryName): string;
}

/** Uses an SDK as an application does, and returns all that the application can see, as JSON. */
export type Behaviour = (scene: BehaviourScene) => Promise<unknown>;

export type Behaviours = Readonly<Record<string, Behaviour>>;

/** The behaviours of one SDK, which is loaded for them. */
export type BehavioursOf<Name extends keyof Sdks> = (sdk: Sdks[Name]) => Behaviours;
