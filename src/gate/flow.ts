/** Classes of requests, most urgent first. */
export const priorities = ["high", "normal", "low"] as const;
export type Priority = (typeof priorities)[number];

/** Whose requests they are: the users of a flow take turns, and those of one user are served in the order in which they came. */
export interface Flow {
  readonly id: string;
  /** Its share beside other flows of its class that wait too. */
  readonly weight: number;
  readonly priority: Priority;
  /** Who of those behind it asks, as far as it was told; the empty text where it was not. Absent before it is known. */
  readonly user?: string;
}
