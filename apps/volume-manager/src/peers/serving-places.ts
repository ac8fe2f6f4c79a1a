/** Who is sent what. */
export interface Serving {
  /** The host that asks, as its certificate has it. */
  readonly peer: string;
  readonly copy: string;
}

/** To be given back once; more often does no harm. */
export interface Place {
  leave(): void;
}

/**
 * How many disks are sent at the same time. One peer gets half of the places at most, and one copy all but one where there are three or
 * more, so that neither keeps all others away.
 */
export class ServingPlaces {
  private readonly taken = new Set<Serving>();

  /** @param max of all, at least 1 */
  constructor(private readonly max: number) {}

  /** Whether a peer may be sent anything now. */
  hasRoomFor(peer: string): boolean {
    const perPeer = Math.max(1, Math.floor(this.max / 2));
    return this.taken.size < this.max && this.count((serving) => serving.peer === peer) < perPeer;
  }

  /** Undefined when there is none. */
  take(serving: Serving): Place | undefined {
    const perCopy = Math.max(2, this.max - 1);
    if (!this.hasRoomFor(serving.peer) || this.count(({ copy }) => copy === serving.copy) >= perCopy) return undefined;
    const own = { ...serving };
    this.taken.add(own);
    return { leave: () => void this.taken.delete(own) };
  }

  private count(isCounted: (serving: Serving) => boolean): number {
    return [...this.taken].filter(isCounted).length;
  }
}
