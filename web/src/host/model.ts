/** The part of anywidget's model that the widget uses; every host offers it. */

export interface Model {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  save_changes(): void;
  on(event: string, callback: (...values: never[]) => void): void;
  off(event: string, callback: (...values: never[]) => void): void;
  send(content: unknown, callbacks?: unknown, buffers?: (ArrayBuffer | ArrayBufferView)[]): void;
}

/**
 * Values that our own hosts add to the model: `connection` ("connecting", "open", "lost"), `fragment`
 * (of the address) and `session` (kept over a reload). A notebook's model has none of them.
 */
export const CONNECTION = "connection";
export const FRAGMENT = "fragment";
export const SESSION = "session";
/** A notebook's model has the height of the widget in pixels; null: as high as its content. */
export const HEIGHT = "height";
