import type { ImageCacheEvent, RefusalCode } from '@hearth/contracts';
import { type Decider, type Decision, assertNever } from '@hearth/kernel';
import { beginFill, claimEntry, supersedeEntry } from './claim-entry.decide';
import { completeFill, failFill, releaseWaiters, sizeFill } from './fill.decide';
import type { ImageCacheCommand } from './image-cache.commands';
import { evolve } from './image-cache.evolve';
import { type ImageCache, emptyCache } from './image-cache.state';
import { pinImage, unpinImage } from './pin.decide';
import { cancelPrefetch, endPrefetch, requestPrefetch } from './prefetch.decide';
import { prune } from './prune.decide';
import { correctSize, countDependants, recordOrphan } from './reconcile.decide';
import { recordReaped, retireEntry, trimToLimits } from './retire.decide';
import { returnLease, settleClaim } from './settle-claim.decide';
import type { StewardCommand } from './steward.commands';
import { resumeImage, suspendImage } from './suspend.decide';
import { switchOff, switchOn } from './switch.decide';
import { recordVerification } from './verify.decide';

/** All decisions about the image-volume cache of one pool. */
export const imageCacheDecider: Decider<ImageCacheCommand, ImageCache, ImageCacheEvent, RefusalCode> = {
  initialState: emptyCache,
  decide(command, cache) {
    switch (command.do) {
      case 'ClaimEntry':
        return claimEntry(command, cache);
      case 'SupersedeEntry':
        return supersedeEntry(command, cache);
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
        return decideStewardship(command, cache);
    }
  },
  evolve,
  /** A pool's cache lives as long as the pool. */
  isTerminal: () => false,
};

function decideStewardship(command: StewardCommand, cache: ImageCache): Decision<ImageCacheEvent, RefusalCode> {
  switch (command.do) {
    case 'SuspendImage':
      return suspendImage(command, cache);
    case 'ResumeImage':
      return resumeImage(command, cache);
    case 'PinImage':
      return pinImage(command, cache);
    case 'UnpinImage':
      return unpinImage(command, cache);
    case 'SwitchOff':
      return switchOff(command, cache);
    case 'SwitchOn':
      return switchOn(command, cache);
    case 'RequestPrefetch':
      return requestPrefetch(command, cache);
    case 'CancelPrefetch':
      return cancelPrefetch(command, cache);
    case 'EndPrefetch':
      return endPrefetch(command, cache);
    case 'Prune':
      return prune(command, cache);
    case 'CorrectSize':
      return correctSize(command, cache);
    case 'RecordOrphan':
      return recordOrphan(command);
    case 'CountDependants':
      return countDependants(command, cache);
    default:
      return assertNever(command);
  }
}
