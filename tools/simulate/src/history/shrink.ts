import type { Action, History } from './history';
import { type Outcome, play } from './play';

/** A history that breaks a promise, and the schedule under which it does. */
export interface Failing {
  readonly history: History;
  readonly schedule: number;
  readonly broken: NonNullable<Outcome['broken']>;
}

/** Schedules that each shorter history is tried under: what was left out moved everything after it. */
const schedulesTried = 4;

/** The shortest history found that breaks the same promise; `playsMax` bounds the search. */
export async function shrink(failing: Failing, playsMax = 1_500): Promise<Failing> {
  const search = new Search(failing, playsMax);
  for (let before = -1; before !== search.accepted;) {
    before = search.accepted;
    await search.leaveOut();
    await search.simplify();
  }
  return search.best;
}

class Search {
  best: Failing;
  /** How often something shorter was found. */
  accepted = 0;
  private plays = 0;

  constructor(
    start: Failing,
    private readonly playsMax: number,
  ) {
    this.best = start;
  }

  /** Half of the actions, then a quarter, down to single ones. */
  async leaveOut(): Promise<void> {
    for (let size = Math.ceil(this.actions.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let from = 0; from < this.actions.length;) {
        const actions = [...this.actions.slice(0, from), ...this.actions.slice(from + size)];
        if (!(await this.accept({ ...this.best.history, actions }))) from += size;
      }
    }
  }

  /** Fewer hosts, backends and options; one create in place of many; a rest between actions. */
  async simplify(): Promise<void> {
    const { setup } = this.best.history;
    for (let hosts = 1; hosts < setup.hosts.length; hosts += 1) {
      const fewer = { ...setup, hosts: setup.hosts.slice(0, hosts) };
      if (await this.accept({ ...this.best.history, setup: fewer })) break;
    }
    const alone = { ...this.best.history.setup, janitors: 1 };
    if (this.best.history.setup.janitors > 1) await this.accept({ ...this.best.history, setup: alone });
    const now = this.best.history.setup;
    if (now.hosts.some(({ backends }) => backends.length > 1)) {
      const hosts = now.hosts.map((host) => ({ ...host, backends: host.backends.slice(0, 1) }));
      await this.accept({ ...this.best.history, setup: { ...now, hosts } });
    }
    await this.dropOptions();
    for (const [at, action] of this.actions.entries()) {
      for (const simpler of simplerThan(action)) {
        const actions = this.actions.map((one, index) => (index === at ? simpler : one));
        if (await this.accept({ ...this.best.history, actions })) break;
      }
    }
  }

  /** What is not said has its default. */
  private async dropOptions(): Promise<void> {
    for (const [at, { options }] of this.best.history.setup.hosts.entries()) {
      for (const name of Object.keys(options)) {
        const { setup } = this.best.history;
        const hosts = setup.hosts.map((host, index) => {
          const { [name]: _dropped, ...rest } = host.options;
          return index === at ? { ...host, options: rest } : host;
        });
        await this.accept({ ...this.best.history, setup: { ...setup, hosts } });
      }
    }
  }

  private get actions(): readonly Action[] {
    return this.best.history.actions;
  }

  private async accept(history: History): Promise<boolean> {
    for (let more = 0; more < schedulesTried; more += 1) {
      if (this.plays >= this.playsMax) return false;
      this.plays += 1;
      const schedule = this.best.schedule + more;
      const { broken } = await play(history, { schedule });
      if (broken?.promise !== this.best.broken.promise) continue;
      this.best = { history, schedule, broken };
      this.accepted += 1;
      return true;
    }
    return false;
  }
}

function simplerThan(action: Action): readonly Action[] {
  const simpler: Action[] = [];
  if (action.do === 'create' && action.count > 1) simpler.push({ ...action, count: 1 }, { ...action, count: 2 });
  if (action.then !== 'rest') simpler.push({ ...action, then: 'rest' });
  return simpler;
}
