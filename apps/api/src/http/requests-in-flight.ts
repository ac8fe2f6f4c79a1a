import { unavailable } from '@hearth/cinder-v3';
import type { HttpLimits } from './http.config';

/** The part of an answer that is used here: `close` comes once, however it ends. */
export interface ClosingAnswer {
  once(event: 'close', listener: () => void): unknown;
}

/** The place that a request takes until its answer was handed over, or its connection is gone. */
export interface Place {
  /** Throws a fault of 503 where the project has its share already. */
  belongTo(projectId: string): void;
}

/** Counts the requests that are worked on, all of them and each project's, and bounds both. */
export class RequestsInFlight {
  private all = 0;
  private readonly byProject = new Map<string, number>();

  constructor(
    private readonly limits: Pick<HttpLimits, 'requestsInFlightMax' | 'requestsInFlightPerProjectMax'>,
    private readonly refused: (reason: 'requests' | 'requests_of_project') => void,
  ) {}

  /** Throws a fault of 503 where there is no place. */
  enter(answer: ClosingAnswer): Place {
    if (this.all >= this.limits.requestsInFlightMax) {
      this.refused('requests');
      throw unavailable('As many requests as can be are being answered. Please try again.');
    }
    this.all += 1;
    let project: string | undefined;
    let isGone = false;
    answer.once('close', () => {
      isGone = true;
      this.all -= 1;
      if (project !== undefined) this.leave(project);
    });
    return {
      belongTo: (projectId) => {
        // Who leaves while it is asked who that is gives nothing back any more.
        if (isGone) return;
        const count = this.byProject.get(projectId) ?? 0;
        if (count >= this.limits.requestsInFlightPerProjectMax) {
          this.refused('requests_of_project');
          throw unavailable('As many requests of the project as can be are being answered. Please try again.');
        }
        this.byProject.set(projectId, count + 1);
        project = projectId;
      },
    };
  }

  private leave(project: string): void {
    const count = (this.byProject.get(project) ?? 1) - 1;
    if (count > 0) this.byProject.set(project, count);
    else this.byProject.delete(project);
  }
}
