/** Classes of requests, most urgent first. */
export const priorities = ["high", "normal", "low"] as const;
export type Priority = (typeof priorities)[number];

/** Whose requests they are: those of one flow are served in the order in which they came. */
export interface Flow {
  readonly id: string;
  /** Its share beside other flows of its class that wait too. */
  readonly weight: number;
  readonly priority: Priority;
}
