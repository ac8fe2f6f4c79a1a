/** Memory that the hashing thread shares with its owner: slots of `slotBytes`. */
export interface HashRing {
  readonly ring: SharedArrayBuffer;
  readonly slotBytes: number;
}

/** What it takes to check a signature of bytes that pass by. The key is a public one. */
export interface SignatureRequest {
  /** PEM. */
  readonly key: string;
  readonly signature: Uint8Array;
  readonly padding?: number;
  readonly saltLength?: number;
  readonly dsaEncoding?: 'der' | 'ieee-p1363';
}

/** What the thread is told; `update` is answered with its slot, which is free again then. */
export type HashOrder =
  | {
      readonly do: 'begin';
      readonly algorithm: string;
      readonly peekAlgorithm: string;
      readonly signatureHash: string | undefined;
    }
  | { readonly do: 'update'; readonly slot: number; readonly bytes: number }
  | { readonly do: 'peek' }
  | { readonly do: 'end' }
  | { readonly do: 'verify'; readonly request: SignatureRequest };

export type HashAnswer = { readonly slot: number } | { readonly digest: string } | { readonly signatureHolds: boolean };
