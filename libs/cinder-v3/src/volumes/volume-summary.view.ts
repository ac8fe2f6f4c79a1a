/** What the volumes of a project, or of all, come to; GiB. */
export interface VolumeSummaryFields {
  readonly count: number;
  readonly sizeGib: number;
  /** Every key of their metadata with all the values that it has; undefined where it is not shown. */
  readonly metadata: Readonly<Record<string, readonly string[]>> | undefined;
}

/** From which microversion on the summary tells of metadata. */
export const summaryMetadataMinor = 36;

/** The body of `GET /volumes/summary`. */
export function volumeTotals({ count, sizeGib, metadata }: VolumeSummaryFields) {
  return { 'volume-summary': { total_count: count, total_size: sizeGib, ...(metadata && { metadata }) } };
}
