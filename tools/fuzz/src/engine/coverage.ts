import { readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector';

/** A part of the bundle that came from one source file: offsets in characters. */
interface Section {
  readonly source: string;
  readonly from: number;
  readonly until: number;
}

export interface CoverageFigures {
  readonly coveredBytes: number;
  readonly totalBytes: number;
  /** Worst first. */
  readonly files: readonly { readonly source: string; readonly coveredBytes: number; readonly totalBytes: number }[];
}

/**
 * Which characters of a bundle have been run, as V8 counts blocks. Only sources whose path contains `sources` are looked at;
 * the bundler names each in a comment before its text.
 */
export class Coverage {
  private readonly session = new Session();
  private readonly sections: readonly Section[];
  private covered: Uint8Array;
  /** 1 where a source that is looked at has its text. */
  private readonly sources: Uint8Array;
  /** 1 inside of functions: what a module does when it is loaded has been done before anything was counted. */
  private readonly counted: Uint8Array;
  private readonly url: string;

  constructor(bundle: string, sources: string) {
    const text = readFileSync(bundle, 'utf8');
    this.url = bundle;
    this.covered = new Uint8Array(text.length);
    this.counted = new Uint8Array(text.length);
    this.sources = new Uint8Array(text.length);
    this.sections = sectionsOf(text).filter(({ source }) => source.includes(sources) && !source.includes('/testing/'));
    for (const { from, until } of this.sections) this.sources.fill(1, from, until);
    this.session.connect();
    this.session.post('Profiler.enable');
    this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Adds what has been run since the last call; true when any of it is new. */
  take(): boolean {
    let isNew = false;
    this.session.post('Profiler.takePreciseCoverage', (error, taken) => {
      const script = error ? undefined : taken.result.find(({ url }) => url.endsWith(this.url));
      if (script) isNew = this.add(script.functions);
    });
    return isNew;
  }

  /** What has been run so far, to come back to. */
  snapshot(): Uint8Array {
    return this.covered.slice();
  }

  restore(snapshot: Uint8Array): void {
    this.covered = snapshot;
  }

  figures(): CoverageFigures {
    const totals = new Map<string, { source: string; coveredBytes: number; totalBytes: number }>();
    for (const { source, from, until } of this.sections) {
      const file = totals.get(source) ?? { source, coveredBytes: 0, totalBytes: 0 };
      for (let at = from; at < until; at++) {
        file.totalBytes += this.counted[at] ?? 0;
        file.coveredBytes += this.covered[at] ?? 0;
      }
      totals.set(source, file);
    }
    const files = [...totals.values()].filter(({ totalBytes }) => totalBytes > 0);
    files.sort((a, b) => a.coveredBytes / a.totalBytes - b.coveredBytes / b.totalBytes);
    const sum = (of: 'coveredBytes' | 'totalBytes') => files.reduce((total, file) => total + file[of], 0);
    return { coveredBytes: sum('coveredBytes'), totalBytes: sum('totalBytes'), files };
  }

  end(): void {
    this.session.disconnect();
  }

  /** Inner ranges overrule those around them, so they are painted from the outside inwards. */
  private add(functions: readonly Profiler.FunctionCoverage[]): boolean {
    const ranges: Profiler.CoverageRange[] = [];
    for (const { ranges: inner } of functions) {
      const [whole] = inner;
      if (!whole || this.sources[whole.startOffset] !== 1) continue;
      this.counted.fill(1, whole.startOffset, whole.endOffset);
      ranges.push(...inner);
    }
    ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
    const now = new Uint8Array(this.covered.length);
    for (const { startOffset, endOffset, count } of ranges) now.fill(count > 0 ? 1 : 0, startOffset, endOffset);
    let isNew = false;
    for (const { from, until } of this.sections) {
      for (let at = from; at < until; at++) {
        if (now[at] === 0 || this.covered[at] === 1) continue;
        this.covered[at] = 1;
        isNew = true;
      }
    }
    return isNew;
  }
}

function sectionsOf(text: string): Section[] {
  const heads = [...text.matchAll(/^\/\/ (\S+\.ts)$/gm)];
  return heads.map((head, index) => ({
    source: head[1] ?? '',
    from: head.index + head[0].length,
    until: heads[index + 1]?.index ?? text.length,
  }));
}
