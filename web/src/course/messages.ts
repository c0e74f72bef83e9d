/** What a page of the course and the worker in which its Python runs post to each other. */

export type Value = number | string | boolean;

/** A request to deltarule.course.figure_session.FigureSession. */
export type Request = { readonly id: string } & (
  | { readonly do: "open"; readonly name: string; readonly values: Record<string, Value> }
  | { readonly do: "set"; readonly control: string; readonly value: Value }
  | { readonly do: "move"; readonly handle: string; readonly x: number; readonly y: number }
  | { readonly do: "step" | "restart" | "reset" }
);

export type Control = { readonly name: string; readonly label: string } & (
  | {
      readonly kind: "slider";
      readonly low: number;
      readonly high: number;
      readonly step: number;
      readonly logarithmic: boolean;
      readonly names: readonly string[];
      readonly value: number;
    }
  | { readonly kind: "choice"; readonly options: readonly [string, string][]; readonly value: string }
  | { readonly kind: "switch"; readonly value: boolean }
);

/** What a figure looks like now, as HTML and text of Python, which escapes everything. */
export interface View {
  readonly id: string;
  readonly picture: string;
  readonly sentence: string;
  readonly controls: readonly Control[];
  readonly trains: boolean;
  readonly frame_ms: number;
  readonly goes_on: boolean;
}

export type Answer = View | { readonly id: string; readonly error: string };

/** What carries out requests: the worker of a page, or the kernel of a notebook. */
export interface Host {
  /** Call `listener` with every answer about a figure. */
  listen(id: string, listener: (answer: Answer) => void): void;
  send(request: Request): void;
}

export type FromCourseWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly text: string }
  | { readonly kind: "answer"; readonly text: string };
