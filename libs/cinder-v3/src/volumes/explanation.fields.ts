import type { CreateDecision, Failure } from '@hearth/contracts';
import type { ProgressFields } from '../progress.view';

/** What an explanation needs of a volume, deleted or not. */
export interface ExplainedVolume {
  readonly id: string;
  readonly projectId: string;
  readonly name: string | null;
  readonly status: string;
  readonly sizeGib: number;
  readonly imageId: string | null;
  readonly failure: Failure | null;
  readonly decision: CreateDecision | null;
  readonly placements: readonly {
    readonly pool: string | null;
    readonly at: string;
    readonly rejected: readonly { readonly pool: string; readonly reason: string }[];
    readonly failure: Failure | null;
  }[];
  readonly requestId: string | null;
  readonly createdAt: string;
  readonly launchedAt: string | null;
  readonly deletedAt: string | null;
}

/** A volume with what the cache has recorded of its create. */
export interface ExplanationFields {
  readonly volume: ExplainedVolume;
  readonly uses: readonly { readonly pool: string; readonly generation: number; readonly outcome: string }[];
  readonly claims: readonly { readonly pool: string; readonly generation: number; readonly stage: string }[];
  /** What a copy spared its create; undefined where nothing is recorded. */
  readonly saved?: { readonly bytes: number; readonly ms: number } | undefined;
  /** Of the fill that the volume is made from, while that runs. */
  readonly progress?: ProgressFields;
}
