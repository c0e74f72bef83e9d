/** A recording of a training: the messages that start a session, and frames in order. */

/** A message and its body in base64. */
export type Recorded = readonly [object, string | null];

export interface Recording {
  readonly messages: readonly Recorded[];
  readonly frames: readonly Recorded[];
}

/** The parts of the event that a model emits for a recorded message. */
export function played([json, body]: Recorded): [object, Uint8Array<ArrayBuffer>[]] {
  return [json, body === null ? [] : [bytes(body)]];
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
