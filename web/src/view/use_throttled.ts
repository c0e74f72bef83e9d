import { useSignal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/**
 * A signal that follows another at most every `ms` milliseconds and ends on its last value, for text that
 * need not change 30 times a second.
 */
export function useThrottledSignal<T>(source: ReadonlySignal<T>, ms: number): ReadonlySignal<T> {
  const throttled = useSignal(source.peek());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = -Infinity;
    const take = () => {
      timer = undefined;
      last = performance.now();
      throttled.value = source.peek();
    };
    const stop = source.subscribe(() => {
      timer ??= setTimeout(take, Math.max(0, last + ms - performance.now()));
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [source, ms]);
  return throttled;
}

/** The value of a throttled signal; the component is rendered again when it changes. */
export function useThrottled<T>(source: ReadonlySignal<T>, ms: number): T {
  return useThrottledSignal(source, ms).value;
}
