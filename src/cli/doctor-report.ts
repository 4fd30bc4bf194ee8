import type { DevicePlan, ModelPlan } from "../placement/plan.js";

/** What `weir doctor` found out. Sizes are bytes. */
export interface DoctorReport {
  readonly weirVersion: string;
  readonly nodeVersion: string;
  readonly nodeLlamaCppVersion: string;
  /** Packages of @node-llama-cpp, e.g. `linux-x64-cuda`. */
  readonly installed: readonly string[];
  /** Null when no backend could be opened; the error that says why ends the command. */
  readonly backend: BackendReport | null;
  /** Those that the settings name; none when no model was asked about. */
  readonly models: readonly (PlacementReport | ModelFault)[];
  /** Null where there are not several that are loaded at the start. */
  readonly atStart: StartReport | null;
}

export interface BackendReport {
  /** The package that was taken, e.g. `linux-x64-cuda`. */
  readonly variant: string;
  /** One line: why this one. */
  readonly reason: string;
  /** e.g. `v0.5.0`. */
  readonly llamaCppRelease: string;
  readonly addonPath: string;
  /** The version of node-llama-cpp that the addon was built for. */
  readonly addonBuiltFor: string;
  readonly devices: readonly DeviceReport[];
}

export interface DeviceReport {
  /** llama.cpp's name, as --device takes it: `CUDA0`. */
  readonly name: string;
  /** `NVIDIA A100 80GB PCIe`. */
  readonly description: string;
  /** `cpu`, `gpu`, `integrated`, `accelerator`. */
  readonly type: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** What a model would take on each device, weights and context together. */
export interface PlacementReport {
  /** Of a table of models; null of the one that is asked about alone. */
  readonly entry: TableEntry | null;
  readonly modelPath: string;
  /** One, or one a replica. `slots` is null for a model that gives vectors or scores. */
  readonly instances: readonly Pick<ModelPlan, "slots" | "contextTokens">[];
  readonly devices: readonly DevicePlan[];
  /** What prefixes may take of the host's memory once it runs; no part of the plan. */
  readonly cacheRamBytes: number;
  /** Why it does not fit, and what does; null where it fits. */
  readonly refusal: string | null;
}

/** A model of a table whose file can't be served. */
export interface ModelFault {
  readonly entry: TableEntry;
  readonly fault: string;
}

/** A model of the table `models`. */
export interface TableEntry {
  readonly name: string;
  readonly load: "start" | "demand";
}

/** What the models that are loaded at the start take together. */
export interface StartReport {
  readonly names: readonly string[];
  readonly devices: readonly DevicePlan[];
}
