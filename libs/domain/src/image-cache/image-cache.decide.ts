import type { ImageCacheEvent, RefusalCode } from '@hearth/contracts';
import { type Decider, assertNever } from '@hearth/kernel';
import { beginFill, claimEntry } from './claim-entry.decide';
import { completeFill, failFill, releaseWaiters, sizeFill } from './fill.decide';
import type { ImageCacheCommand } from './image-cache.commands';
import { type ImageCache, emptyCache, evolve } from './image-cache.state';
import { recordReaped, retireEntry, trimToLimits } from './retire.decide';
import { returnLease, settleClaim } from './settle-claim.decide';
import { recordVerification } from './verify.decide';

/** All decisions about the image-volume cache of one pool. */
export const imageCacheDecider: Decider<ImageCacheCommand, ImageCache, ImageCacheEvent, RefusalCode> = {
  initialState: emptyCache,
  decide(command, cache) {
    switch (command.do) {
      case 'ClaimEntry':
        return claimEntry(command, cache);
      case 'BeginFill':
        return beginFill(command, cache);
      case 'SizeFill':
        return sizeFill(command, cache);
      case 'CompleteFill':
        return completeFill(command, cache);
      case 'FailFill':
        return failFill(command, cache);
      case 'ReleaseWaiters':
        return releaseWaiters(command, cache);
      case 'SettleClaim':
        return settleClaim(command, cache);
      case 'ReturnLease':
        return returnLease(command, cache);
      case 'RetireEntry':
        return retireEntry(command, cache);
      case 'TrimToLimits':
        return trimToLimits(command, cache);
      case 'RecordVerification':
        return recordVerification(command, cache);
      case 'RecordReaped':
        return recordReaped(command, cache);
      default:
        return assertNever(command);
    }
  },
  evolve,
  /** A pool's cache lives as long as the pool. */
  isTerminal: () => false,
};
