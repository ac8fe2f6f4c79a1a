/** Which copy goes first when room is needed, with all the memory that takes. Items are numbers of a trace; each call is cheap. */
export interface Replacement {
  /** A copy was made at the end of a fill that took so many seconds. */
  insert(item: number, refillSeconds: number): void;
  /** A copy was used by another request than the one that made it. */
  use(item: number): void;
  /** The copy to give up, taken out; -1 when there is none. */
  evict(): number;
  /** A copy goes for another reason than want of room. */
  remove(item: number): void;
}
