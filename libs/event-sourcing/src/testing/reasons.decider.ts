import type { EventsOf, RefusalCode } from '@hearth/contracts';
import { refuse, type Decider } from '@hearth/kernel';

export type ReasonCommand =
  | { readonly do: 'add'; readonly reason: string }
  /** Refused unless `reason` was added. */
  | { readonly do: 'require'; readonly reason: string }
  | { readonly do: 'add-pair'; readonly reason: string }
  | { readonly do: 'break'; readonly as: 'exception' | 'bad-event' };

/** The smallest stream with all kinds of decisions: reasons, each added once, in order. */
export const reasonsDecider: Decider<ReasonCommand, readonly string[], EventsOf['service'], RefusalCode> = {
  initialState: [],
  decide(command, reasons) {
    switch (command.do) {
      case 'add':
        return reasons.includes(command.reason) ? [] : [added(command.reason)];
      case 'add-pair':
        return reasons.includes(command.reason) ? [] : [added(command.reason), added(`${command.reason}'`)];
      case 'require':
        return reasons.includes(command.reason) ? [] : refuse('volume.not_found', { reason: command.reason });
      case 'break':
        if (command.as === 'exception') throw new Error('this decider is broken, as the test wants');
        return [{ type: 'ServiceDisabled', data: { service: 'volume', reason: 7 as never } }];
    }
  },
  evolve: (reasons, event) => (event.type === 'ServiceDisabled' ? [...reasons, event.data.reason] : reasons),
  isTerminal: (reasons) => reasons.includes('end'),
};

function added(reason: string): EventsOf['service'] {
  return { type: 'ServiceDisabled', data: { service: 'volume', reason } };
}
