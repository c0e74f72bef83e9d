/** What the models of our own pages share: values, and the experiment in the address. */

import { Events } from "./events";
import { CONNECTION, FRAGMENT, type Model } from "./model";

export abstract class PageModel extends Events implements Model {
  protected readonly values = new Map<string, unknown>([[CONNECTION, "connecting"]]);

  constructor() {
    super();
    this.values.set(FRAGMENT, fragmentOfAddress());
    addEventListener("hashchange", () => this.fragmentChanged());
  }

  abstract send(content: unknown, callbacks?: unknown, buffers?: (ArrayBuffer | ArrayBufferView)[]): void;

  get(key: string): unknown {
    return this.values.get(key);
  }

  set(key: string, value: unknown): void {
    if (this.values.get(key) === value) return;
    this.values.set(key, value);
    if (key === FRAGMENT)
      history.replaceState(history.state, "", value ? `#${value as string}` : location.pathname);
  }

  save_changes(): void {}

  protected connection(value: "open" | "lost"): void {
    this.values.set(CONNECTION, value);
    this.emit(`change:${CONNECTION}`);
  }

  /** Another experiment was typed or pasted into the address: start a new session with it. */
  private fragmentChanged(): void {
    const fragment = fragmentOfAddress();
    if (fragment === this.values.get(FRAGMENT)) return;
    this.values.set(FRAGMENT, fragment);
    this.emit(`change:${FRAGMENT}`);
  }
}

function fragmentOfAddress(): string {
  return location.hash.replace(/^#/, "");
}
