import type { EvictionPolicy } from '@hearth/contracts';

// The answers of the advisor, as the API shows them; the offline advisor's are brought into the same form.

export interface Sums {
  readonly requests: number;
  readonly bytes: number;
  readonly seconds: number;
}

export type Measure = keyof Sums;

export interface CurveValue {
  readonly limit_gib: number;
  readonly ratio: number;
}

export interface Advice {
  readonly pool: string;
  readonly decisions: number;
  readonly limited: boolean;
  readonly from: string | null;
  readonly to: string | null;
  readonly assumed_sizes: number;
  readonly by: Measure;
  readonly curves: readonly {
    readonly policy: EvictionPolicy;
    readonly points: readonly { readonly limit_gib: number; readonly hits: Sums; readonly ratios: Sums }[];
  }[];
  readonly current: { readonly limit_gib: number; readonly ratios: Readonly<Record<string, number>> } | null;
  readonly recommended: CurveValue | null;
  readonly sentences: readonly string[];
}

interface Given {
  readonly count: number;
  readonly size_gib: number;
}

export interface Shadow {
  readonly pool: string;
  readonly decisions: number;
  readonly limited: boolean;
  readonly from: string | null;
  readonly to: string | null;
  readonly assumed_sizes: number;
  readonly rules: {
    readonly policy: EvictionPolicy;
    readonly limit_gib: number;
    readonly max_count: number;
    readonly ttl_seconds: number;
    readonly admission: { readonly mode: string; readonly window_seconds: number };
  };
  readonly would: {
    readonly hits: Sums;
    readonly ratios: Sums;
    readonly evictions: Given;
    readonly expired: Given;
    readonly not_cached: { readonly larger_than_limit: number; readonly not_admitted: number };
    readonly size_gib: { readonly most: number; readonly last: number };
  };
  readonly happened: {
    readonly hits: Sums;
    readonly ratios: Sums;
    readonly hits_at_first_request: number;
    readonly evictions: Given | null;
  };
  readonly gained: Sums;
}
