import { Gate } from './gate';

/** How much work of a kind a backend does at once. */
export interface LaneLimits {
  readonly fillsAtOnceMax: number;
  /** Fills, downloads and uploads that may wait for their turn: each holds a worker of the host, and clones need those. */
  readonly fillsWaitingMax: number;
  readonly clonesAtOnceMax: number;
}

/**
 * The lanes of one backend. They are its own, so that a backend which hangs holds up no other; and fills have a lane of
 * their own, so that they hold up no clone.
 */
export class Lanes {
  private readonly fills: Gate;
  private readonly uploads: Gate;
  private readonly clones: Gate;
  private readonly clonesOf = new Map<string, Gate>();

  constructor(
    limits: LaneLimits,
    /** Clones of one source at once, as the driver can bear. */
    private readonly clonesOfOneMax: number,
  ) {
    // Each kind has its share, so that many of the one leave places to the other.
    const uploadsWaitingMax = Math.floor(limits.fillsWaitingMax / 4);
    this.fills = new Gate({
      name: 'write an image',
      atOnceMax: limits.fillsAtOnceMax,
      waitingMax: limits.fillsWaitingMax - uploadsWaitingMax,
    });
    this.uploads = new Gate({
      name: 'upload a volume',
      atOnceMax: limits.fillsAtOnceMax,
      waitingMax: uploadsWaitingMax,
    });
    this.clones = new Gate({ name: 'clone', atOnceMax: limits.clonesAtOnceMax });
  }

  /** True while an image is written, or waits to be. */
  get isFilling(): boolean {
    return !this.fills.isIdle;
  }

  /** Minutes of work: an image is written. Throws `GateCrowdedError`. */
  fill<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.fills.pass(work);
  }

  /** Minutes of work: a volume is uploaded as an image. As many at once as images are written, beside those. Throws `GateCrowdedError`. */
  upload<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.uploads.pass(work);
  }

  /** Milliseconds of work: a clone is made of `source`. */
  async clone<Result>(source: string, work: () => Promise<Result>): Promise<Result> {
    const ofSource = this.clonesOf.get(source) ?? new Gate({ atOnceMax: this.clonesOfOneMax });
    this.clonesOf.set(source, ofSource);
    try {
      return await ofSource.pass(() => this.clones.pass(work));
    } finally {
      if (ofSource.isIdle) this.clonesOf.delete(source);
    }
  }
}
