/** What a view needs of a fill that runs. */
export interface ProgressFields {
  /** What it does: fetches the image from the image service, converts it, or fetches it from another host. */
  readonly phase: string;
  /** Bytes of the phase. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** Of the phase, 0 to 100. */
  readonly percent: number;
}

/** How far a fill has come; an extension of ours. */
export function progressView({ phase, percent, bytesDone, bytesTotal }: ProgressFields) {
  return { percent, bytes_done: bytesDone, bytes_total: bytesTotal, phase };
}
