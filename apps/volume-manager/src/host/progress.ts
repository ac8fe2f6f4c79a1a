import { type FillProgress, progressKey } from '@hearth/contracts';
import type { ProgressBoard } from '@hearth/event-sourcing';
import type { Generation, PoolRef, VolumeId } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import type { FillStep } from '../fill/fill-work';

/** A fill, or a download straight into a volume, that begins: one of generation and volume has to be named. */
export interface BeginningFill {
  readonly pool: PoolRef;
  /** Of the image-volume; null for a download straight into the volume. */
  readonly generation: Generation | null;
  /** The create that runs it; null for a fill that no create began. */
  readonly volumeId: VolumeId | null;
  readonly imageId: string;
  /** As far as it is known. */
  readonly bytesTotal: number;
}

/** One running fill. Nothing here ever throws or waits. */
export interface FillProgressHandle {
  /** To be called as often as one likes, such as for every chunk: it only takes note. */
  update(step: FillStep): void;
  /** To be called however the fill ended; a second call does nothing. */
  end(): void;
}

/** A fill that runs on this host now. */
export interface RunningFill extends FillStep {
  readonly pool: PoolRef;
}

export interface ProgressReporterOptions {
  readonly board: ProgressBoard;
  /** The wall clock, ISO 8601 in UTC. */
  readonly now: () => string;
  readonly log: Log;
}

/** A fill that is over sooner is never reported. */
const firstReportMs = 250;
const intervalMs = 1_000;
/** A fill that stands still is reported once in so many intervals: well within the board's time to live. */
const silentIntervalsMax = 20;

/**
 * Tells the board how far this host's fills have come: each at most once a second, and when its percent or phase is another, or
 * the board would forget it. A board that is away costs reports and nothing else: of each fill one write at most is under way,
 * nobody waits for it, and the next one tells what is true then.
 */
export class ProgressReporter {
  private readonly fills = new Set<ReportedFill>();
  private readonly writes = new Set<Promise<void>>();

  constructor(private readonly options: ProgressReporterOptions) {}

  /** The fills that run now. */
  get running(): readonly RunningFill[] {
    return [...this.fills].map(({ begun: { pool }, step }) => ({ pool, ...step }));
  }

  /** Throws when neither a generation nor a volume is named. */
  begin(begun: BeginningFill): FillProgressHandle {
    const fill = new ReportedFill(begun, this.options, (write) => this.hold(write));
    this.fills.add(fill);
    return {
      update: (step) => void (fill.step = step),
      end: () => {
        this.fills.delete(fill);
        fill.end();
      },
    };
  }

  /** Waits for what is being written: each write ends by itself within the board's time limit. */
  async settled(): Promise<void> {
    while (this.writes.size > 0) await Promise.all(this.writes);
  }

  private hold(write: Promise<void>): void {
    this.writes.add(write);
    void write.finally(() => this.writes.delete(write));
  }
}

/** One fill and what the board was told of it. */
class ReportedFill {
  step: FillStep;
  private readonly key: string;
  private readonly startedAt: string;
  private timer: NodeJS.Timeout | undefined;
  private told: Pick<FillProgress, 'percent' | 'phase' | 'run'> | undefined;
  private readonly runs = new Runs();
  private silentIntervals = 0;
  private isWriting = false;
  private hasWritten = false;
  private hasEnded = false;
  private hasComplained = false;

  constructor(
    readonly begun: BeginningFill,
    private readonly options: ProgressReporterOptions,
    private readonly hold: (write: Promise<void>) => void,
  ) {
    this.key = progressKey(begun);
    this.startedAt = options.now();
    this.step = { phase: 'download', bytesDone: 0, bytesTotal: begun.bytesTotal };
    this.timer = setTimeout(() => this.repeat(), firstReportMs).unref();
  }

  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    clearTimeout(this.timer);
    this.clear();
  }

  private repeat(): void {
    this.look();
    this.timer = setInterval(() => this.look(), intervalMs).unref();
  }

  private look(): void {
    this.silentIntervals += 1;
    if (this.isWriting) return;
    const { phase } = this.step;
    const percent = percentOf(this.step);
    const run = this.runs.at(phase, percent);
    const isNew = this.told?.percent !== percent || this.told.phase !== phase || this.told.run !== run;
    if (!isNew && this.silentIntervals < silentIntervalsMax) return;
    this.told = { percent, phase, run };
    this.silentIntervals = 0;
    this.hasWritten = true;
    const { pool, generation, volumeId, imageId } = this.begun;
    const place = { pool, generation, volumeId, imageId, startedAt: this.startedAt, at: this.options.now() };
    const progress = { ...place, ...this.step, percent, run };
    this.write(() => this.options.board.report(progress));
  }

  /** Writes in the background; what could not be written is told anew at the next look. */
  private write(write: () => Promise<void>): void {
    this.isWriting = true;
    this.hold(
      write()
        .catch((error: unknown) => {
          this.told = undefined;
          this.complain(error);
        })
        .then(() => {
          this.isWriting = false;
          if (this.hasEnded) this.clear();
        }),
    );
  }

  /** Takes the fill off the board, behind what is being written. If that fails, the board forgets it by itself. */
  private clear(): void {
    if (!this.hasWritten || this.isWriting) return;
    this.hasWritten = false;
    this.write(() => this.options.board.clear(this.key));
  }

  private complain(error: unknown): void {
    if (this.hasComplained) return;
    this.hasComplained = true;
    this.options.log.warn('the progress of a fill cannot be reported; the fill itself is not affected', {
      fill: this.key,
      error,
    });
  }
}

/** Counts how often a fill has begun anew, from how far it is each time that it is looked at. */
class Runs {
  private run = 1;
  private phase: FillStep['phase'] | undefined;
  private percent = 0;
  /** Phases of this run that have got anywhere. */
  private readonly phases = new Set<FillStep['phase']>();

  at(phase: FillStep['phase'], percent: number): number {
    const isAnew = phase === this.phase ? percent < this.percent : this.phases.has(phase);
    if (isAnew) {
      this.run += 1;
      this.phases.clear();
    }
    this.phase = phase;
    this.percent = percent;
    if (percent > 0) this.phases.add(phase);
    return this.run;
  }
}

function percentOf({ bytesDone, bytesTotal }: FillStep): number {
  return bytesTotal > 0 ? Math.min(100, Math.floor((100 * bytesDone) / bytesTotal)) : 0;
}
