import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { useSize } from "../use_canvas";

/** A uPlot chart that fits its box; `feed` runs again whenever a signal that it reads changes. */
export function usePlot(
  options: (width: number, height: number) => uPlot.Options,
  feed: (plot: uPlot) => void,
  inputs: readonly unknown[],
) {
  const [box, size] = useSize<HTMLDivElement>();
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!host.current || size.width < 20) return;
    const plot = new uPlot(options(size.width, size.height), undefined, host.current);
    const stop = effect(() => feed(plot));
    return () => {
      stop();
      plot.destroy();
    };
  }, [size.width, size.height, ...inputs]);
  return [box, host] as const;
}
