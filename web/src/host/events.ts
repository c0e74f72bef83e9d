/** Listeners by event name: the half of a model that our own hosts share. */

type Callback = (...values: never[]) => void;

export class Events {
  private readonly listeners = new Map<string, Set<Callback>>();

  on(event: string, callback: Callback): void {
    const known = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, known.add(callback));
  }

  off(event: string, callback: Callback): void {
    this.listeners.get(event)?.delete(callback);
  }

  emit(event: string, ...values: unknown[]): void {
    for (const callback of this.listeners.get(event) ?? [])
      (callback as (...v: unknown[]) => void)(...values);
  }
}
