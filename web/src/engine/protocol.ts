/** What the page and the server say to each other: the types of PROTOCOL.md. */

export const PROTOCOL = 1;

export type Task = "classification" | "regression";

export interface HiddenLayer {
  readonly units: number;
  readonly activation: string;
  readonly dropout: number;
  readonly l1: number;
  readonly l2: number;
}

export interface DataChoice {
  readonly source: "toy" | "table";
  readonly name: string;
  readonly rows: number;
  readonly noise: number;
  readonly features: readonly string[];
  readonly target: string | null;
  readonly task: "auto" | Task;
  readonly validation_share: number;
  readonly seed: number;
}

export interface NetworkChoice {
  readonly layers: readonly HiddenLayer[];
  readonly output: { readonly activation: string; readonly l1: number; readonly l2: number };
  readonly initializer: string;
}

export interface TrainingChoice {
  readonly loss: string;
  readonly optimizer: string;
  readonly learning_rate: number;
  readonly schedule: string;
  readonly batch_size: number;
  readonly epochs: number;
  readonly patience_epochs: number | null;
  readonly clip_norm: number | null;
  readonly seed: number;
}

export interface ViewChoice {
  readonly kind: "columns" | "components";
  readonly x: string | null;
  readonly y: string | null;
  readonly others: "median" | "sample";
  readonly discrete: boolean;
  readonly validation: boolean;
  readonly deltas: boolean;
}

export interface Experiment {
  readonly version: number;
  readonly data: DataChoice;
  readonly network: NetworkChoice;
  readonly training: TrainingChoice;
  readonly view: ViewChoice;
}

export interface Named {
  readonly name: string;
  readonly label: string;
}

export interface Toy extends Named {
  readonly task: Task;
  readonly classes: number;
  readonly rows: readonly [number, number] | number | null;
  readonly noise: readonly [number, number] | null;
  readonly features: boolean;
  readonly about: string;
  /** x, y in 0 to 1, and the class number or the target in 0 to 1. */
  readonly preview?: readonly (readonly [number, number, number])[];
}

export interface Catalog {
  readonly toys: readonly Toy[];
  readonly features: readonly Named[];
  readonly activations: readonly (Named & { readonly formula: string; readonly learns: boolean })[];
  readonly losses: readonly (Named & { readonly tasks: readonly Task[] })[];
  readonly optimizers: readonly (Named & { readonly learning_rate: number | null })[];
  readonly schedules: readonly Named[];
  readonly initializers: readonly Named[];
  readonly presets: readonly (Named & { readonly idea: string; readonly experiment: object })[];
  readonly limits: {
    readonly layers: number;
    readonly units: number;
    readonly learning_rate: readonly [number, number];
  };
}

export interface Hello {
  readonly type: "hello";
  readonly protocol: number;
  readonly session: string;
  readonly version: string;
  readonly engine: string;
  readonly frozen: boolean;
  readonly recording: number;
  readonly upload_limit: number;
  readonly catalog: Catalog;
}

export interface Axis {
  readonly label: string;
  readonly low: number;
  readonly high: number;
}

export interface InputPlane {
  readonly kind: "plane" | "line";
  readonly x: Axis;
  readonly y: Axis;
  readonly unit_resolution: number;
  readonly resolution: number;
}

export interface LayerState {
  readonly name: string;
  readonly units: number;
  readonly activation: string;
  readonly inputs: number;
  readonly dropout: number;
  readonly parameters: number;
}

export interface TableColumn {
  readonly name: string;
  readonly kind: string;
  readonly chosen: boolean;
  readonly usable: boolean;
  readonly why: string | null;
}

export interface ChosenSample {
  readonly index: number;
  readonly row: number;
  readonly values: readonly { readonly name: string; readonly text: string }[];
  readonly target: string;
}

export interface Stopped {
  readonly reason: "epochs_done" | "no_progress" | "diverged";
  readonly text: string;
  readonly epoch: number;
  readonly step: number;
  readonly layer: number | null;
  readonly advice: readonly string[];
}

export interface State {
  readonly type: "state";
  readonly generation: number;
  readonly experiment: Experiment;
  readonly edit?: { readonly client: string; readonly number: number } | null;
  readonly fragment: string;
  readonly playing: boolean;
  readonly epochs_per_second: number | null;
  readonly task: Task;
  readonly score: string;
  readonly loss: string;
  readonly output_activation: string;
  readonly classes: readonly string[];
  readonly target: string;
  readonly inputs: readonly Named[];
  readonly layers: readonly LayerState[];
  readonly parameter_count: number;
  readonly steps_per_epoch: number;
  readonly rows: { readonly training: number; readonly validation: number };
  readonly columns: readonly TableColumn[];
  readonly view_columns: readonly string[];
  readonly input_plane: InputPlane;
  readonly output_range: readonly [number, number];
  readonly sample: ChosenSample | null;
  readonly notes: readonly string[];
  readonly stopped: Stopped | null;
  readonly interventions: readonly string[];
}

export interface ArrayPlace {
  readonly dtype: "float32" | "uint8" | "int32";
  readonly shape: readonly number[];
  readonly offset: number;
}

export type ArrayPlaces = Readonly<Record<string, ArrayPlace>>;

export interface PointsHeader {
  readonly type: "points";
  readonly generation: number;
  readonly total: number;
  readonly input_low: readonly number[];
  readonly input_high: readonly number[];
  readonly arrays: ArrayPlaces;
}

export interface Confusion {
  readonly training: readonly (readonly number[])[];
  readonly validation: readonly (readonly number[])[];
}

export interface FrameHeader {
  readonly type: "frame";
  readonly sequence: number;
  readonly generation: number;
  readonly epoch: number;
  readonly step: number;
  readonly updates: number;
  readonly playing: boolean;
  readonly epochs_per_second: number | null;
  readonly learning_rate: number | null;
  readonly training_loss: number | null;
  readonly validation_loss: number | null;
  readonly training_score: number | null;
  readonly validation_score: number | null;
  readonly confusion?: Confusion | null;
  readonly layers: readonly { readonly low: readonly number[]; readonly high: readonly number[] }[];
  readonly sample: {
    readonly loss: number | null;
    readonly prediction: string;
    readonly target: string;
  } | null;
  readonly arrays: ArrayPlaces;
}

export interface TableMessage {
  readonly type: "table";
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly TableColumn[];
  readonly target: string | null;
  readonly notes: readonly string[];
}

export interface LandscapeProgress {
  readonly type: "landscape_progress";
  readonly done: number;
  readonly total: number;
}

export interface LandscapeHeader {
  readonly type: "landscape";
  readonly generation: number;
  readonly steps: number;
  readonly names: readonly [string, string];
  readonly a: readonly [number, number];
  readonly b: readonly [number, number];
  readonly arrays: ArrayPlaces;
}

export interface FileHeader {
  readonly type: "file";
  readonly name: string;
  readonly media_type: string;
}

export interface ErrorMessage {
  readonly type: "error";
  readonly text: string;
  readonly about: string | null;
  readonly edit?: number | null;
}

export type FromServer =
  | Hello
  | State
  | PointsHeader
  | FrameHeader
  | TableMessage
  | LandscapeProgress
  | LandscapeHeader
  | FileHeader
  | ErrorMessage;

export type ExportKind = "experiment" | "model" | "python" | "keras" | "html" | "history";

export type ToServer =
  | { type: "hello"; protocol: number; client: string; fragment: string; session: string | null }
  | { type: "bye"; client: string }
  | { type: "set"; experiment: object; edit: number; client: string }
  | { type: "play" | "pause" | "step" | "epoch" | "rewind" | "landscape_cancel" | "open" }
  | { type: "speed"; epochs_per_second: number | null }
  | { type: "learning_rate"; value: number }
  | { type: "weight"; layer: number; from: number | null; to: number; value: number }
  | { type: "sample"; index: number | null }
  | { type: "landscape"; steps: number; path: boolean }
  | { type: "export"; what: ExportKind }
  | { type: "upload"; name: string }
  | { type: "ack"; sequence: number; client: string }
  | { type: "replay"; index: number };
