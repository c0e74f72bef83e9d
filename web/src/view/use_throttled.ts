import { type ReadonlySignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";

/** A signal's value, taken at most every `ms` milliseconds: for text that nobody reads 30 times a second. */
export function useThrottled<T>(source: ReadonlySignal<T>, ms: number): T {
  const [value, setValue] = useState(source.peek());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = -Infinity;
    const take = () => {
      timer = undefined;
      last = performance.now();
      setValue(() => source.peek());
    };
    const stop = source.subscribe(() => {
      timer ??= setTimeout(take, Math.max(0, last + ms - performance.now()));
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [source, ms]);
  return value;
}
