/** anywidget's model over a recording: an exported page that needs no server. */

import { Events } from "./events";
import { CONNECTION, type Model } from "./model";
import { played, type Recorded, type Recording } from "./recorded";

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
    queueMicrotask(() => this.emit("msg:custom", ...played(recorded)));
  }
}
