import type { ComponentChildren } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { useLook } from "./context";
import { useSize } from "./use_canvas";

/** The columns of a widget with a height: each scrolls by itself, so that the others stay in sight. */
export function FixedColumns({ parts }: { parts: readonly ComponentChildren[] }) {
  const look = useLook();
  const [first, { height }] = useSize<HTMLDivElement>();
  useLayoutEffect(() => {
    look.columnHeight.value = height || null;
    return () => (look.columnHeight.value = null);
  }, [height]);
  return (
    <>
      {parts.map((part, i) => (
        <div key={i} class="column" ref={i === 0 ? first : null} data-testid={`column-${i}`}>
          {part}
        </div>
      ))}
    </>
  );
}
