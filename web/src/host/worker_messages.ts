/** What a page and the worker in which its Python runs post to each other. */

export type ToWorker =
  /** Train to this epoch, at which the page's recording is; then carry out messages. */
  | { readonly kind: "start"; readonly epoch: number }
  | { readonly kind: "message"; readonly text: string; readonly body: ArrayBuffer | null };

export type FromWorker =
  /** A part of what the worker loads is there; `fraction` of its steps. */
  | { readonly kind: "loading"; readonly fraction: number }
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly text: string }
  | { readonly kind: "message"; readonly text: string; readonly body: ArrayBuffer | null };
