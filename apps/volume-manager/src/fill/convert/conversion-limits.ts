/** What qemu-img may use up while it works on one image; more of it ends the work. */
export interface ConversionLimits {
  /** Processor time for a look at an image, and for the part of a conversion that does not grow with its data. */
  readonly cpuSeconds: number;
  /** Added for each started GiB of data that a conversion writes. */
  readonly cpuSecondsPerGib: number;
  readonly addressSpaceBytes: number;
  /** A conversion that neither tells progress nor writes anything for this long is ended. */
  readonly stallMs: number;
  /** A conversion that takes longer than this is ended, progress or not. */
  readonly totalMs: number;
  /** A look at an image tells no progress, so it has a time of its own. */
  readonly lookMs: number;
}

/**
 * The first and the third are Cinder's `image_conversion_cpu_limit` and `image_conversion_address_space_limit`, which it applies to
 * looks only. An inflated GiB costs qemu-img a few seconds.
 */
export const defaultConversionLimits: ConversionLimits = {
  cpuSeconds: 60,
  cpuSecondsPerGib: 60,
  addressSpaceBytes: 2 ** 30,
  stallMs: 60_000,
  totalMs: 12 * 3_600_000,
  lookMs: 300_000,
};

/** Processor seconds for a conversion that writes at most so many bytes. */
export function conversionCpuSeconds(limits: ConversionLimits, dataBytes: number): number {
  return limits.cpuSeconds + limits.cpuSecondsPerGib * Math.ceil(dataBytes / 2 ** 30);
}
