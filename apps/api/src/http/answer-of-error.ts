import {
  badRequest,
  faultAnswer,
  FaultError,
  type HttpAnswer,
  identityAwayAnswer,
  noRouteAnswer,
  RateLimitedError,
  rateLimitedAnswer,
  unauthorizedAnswer,
} from '@hearth/cinder-v3';
import {
  LogSuspectError,
  LogUnverifiedError,
  StoreUnavailableError,
  StreamContendedError,
  UnstorableCommitError,
} from '@hearth/event-sourcing';
import { KeystoneError } from '@hearth/openstack-clients';
import { MarkerNotFoundError, ReadModelUnavailableError } from '@hearth/read-model';
import { HttpException } from '@nestjs/common';
import { AdvisorBusyError } from '../cache/advice/cache-advisor';
import { UnauthenticatedError } from './admission';

/** What a client is told of an error; undefined for one that nobody foresaw. */
export function answerOfError(error: unknown): HttpAnswer | undefined {
  if (error instanceof FaultError) return faultAnswer(error.fault);
  if (error instanceof RateLimitedError) return rateLimitedAnswer(error);
  if (error instanceof UnauthenticatedError) return unauthorizedAnswer(error.identityUri);
  if (error instanceof KeystoneError) return identityAwayAnswer;
  if (error instanceof MarkerNotFoundError) {
    return faultAnswer({ status: 404, message: `${capitalised(error.noun)} ${error.marker} could not be found.` });
  }
  if (error instanceof LogSuspectError) return faultAnswer(logIsSuspect);
  if (error instanceof LogUnverifiedError)
    return faultAnswer(away('The log of facts is looked at after NATS was away'));
  if (error instanceof StoreUnavailableError) return faultAnswer(away('The log of facts (NATS) cannot be reached'));
  if (error instanceof StreamContendedError) return faultAnswer(away('The volume is changed by many at once'));
  if (error instanceof ReadModelUnavailableError) return faultAnswer(away('The database cannot be reached'));
  if (error instanceof AdvisorBusyError) return faultAnswer(advisorIsBusy);
  if (error instanceof UnstorableCommitError) {
    return faultAnswer(badRequest('Invalid input received: the request is too large to be stored.').fault);
  }
  if (isAborted(error)) return faultAnswer(badRequest('The request ended before all of it had come.').fault);
  return error instanceof HttpException ? answerOfStatus(error.getStatus()) : undefined;
}

const capitalised = (noun: string) => `${noun.charAt(0).toUpperCase()}${noun.slice(1)}`;

/** The client went away while its body was read; nobody hears the answer. */
function isAborted(error: unknown): boolean {
  const { code, statusCode } = error as { readonly code?: unknown; readonly statusCode?: unknown };
  return error instanceof Error && code === 'ECONNRESET' && statusCode === 400;
}

/** What the framework refuses by itself, in Cinder's words. */
function answerOfStatus(status: number): HttpAnswer | undefined {
  switch (status) {
    case 400:
      return faultAnswer({ status, message: 'Malformed request body' });
    case 404:
    case 405:
    case 414:
      return noRouteAnswer;
    case 408:
      return faultAnswer({ status, message: 'The request took too long to arrive.' });
    case 413:
      return faultAnswer({ status, message: 'Request is too large.', retryAfterSeconds: 0 });
    case 415:
      return faultAnswer({ status, message: 'Unsupported Content-Type' });
    case 503:
      return faultAnswer(away('This process is shutting down'));
    default:
      return undefined;
  }
}

/** It takes an administrator, who needs some time. */
const logIsSuspect = {
  status: 503,
  message:
    'The log of facts lacks what was seen of it: nothing can be changed until an administrator has settled this. ' +
    'What is shown is as it was seen last.',
  retryAfterSeconds: 60,
};

/** One question at a time: each takes seconds of a processor. */
const advisorIsBusy = {
  status: 503,
  message: 'Others are being advised about their caches just now. Please try again.',
  retryAfterSeconds: 10,
};

const away = (what: string) => ({
  status: 503,
  message: `${what}. Please try again; with an Idempotency-Key a repeated create makes no second volume.`,
  retryAfterSeconds: 1,
});
