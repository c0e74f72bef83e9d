/** anywidget's model over a recording: an exported page that needs no server. */

import { Events } from "./events";
import { CONNECTION, type Model } from "./model";

/** A message and its body in base64. */
type Recorded = readonly [object, string | null];

export interface Recording {
  readonly messages: readonly Recorded[];
  readonly frames: readonly Recorded[];
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

export class FrozenModel extends Events implements Model {
  constructor(private readonly recording: Recording) {
    super();
  }

  get(key: string): unknown {
    return key === CONNECTION ? "open" : undefined;
  }

  set(): void {}

  save_changes(): void {}

  send(content: unknown): void {
    const message = content as { type: string; index?: number };
    if (message.type === "hello") this.recording.messages.forEach((recorded) => this.play(recorded));
    if (message.type === "replay") this.play(this.recording.frames[message.index ?? 0]);
  }

  private play(recorded: Recorded | undefined): void {
    if (!recorded) return;
    const [json, body] = recorded;
    queueMicrotask(() => this.emit("msg:custom", json, body === null ? [] : [bytes(body)]));
  }
}
