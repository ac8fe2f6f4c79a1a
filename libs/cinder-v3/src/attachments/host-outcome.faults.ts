import type { Fault } from '../fault';

/** What was asked of a volume's host while a client waits, and how Cinder says that nothing came of it. */
const sentences = {
  create: (why: string) => `Unable to create attachment for volume (${why}).`,
  update: (why: string) => `Unable to update attachment.(${why}).`,
  delete: (why: string) => `Unable to delete attachment (${why}).`,
  initialize: (why: string) => `Unable to fetch connection information from backend. (${why})`,
  terminate: (why: string) => `Unable to terminate volume connection from backend. (${why})`,
} as const;

export type AskedOfHost = keyof typeof sentences;

/** How a host's work ended otherwise than asked. */
export type HostOutcome =
  | { readonly outcome: 'failed'; readonly code: string; readonly reason: string }
  /** It has not answered in time; what it will do is recorded all the same. */
  | { readonly outcome: 'silent'; readonly attachmentId: string }
  /** Somebody else ended what was asked for. */
  | { readonly outcome: 'overtaken' };

/** The fault of work that a client waited for: what its backend cannot do is a wrong request, a failure of it is none of the client's. */
export function hostFault(asked: AskedOfHost, host: HostOutcome): Fault {
  const sentence = sentences[asked];
  switch (host.outcome) {
    case 'failed':
      return {
        status: host.code === 'backend.unsupported' ? 400 : 500,
        message: sentence(host.reason.replace(/\.$/, '')),
      };
    case 'silent':
      return {
        status: 500,
        message: sentence(
          'the host of the volume has not answered in time; what it does is recorded when it does: ' +
            `look at attachment ${host.attachmentId} later, or delete it`,
        ),
      };
    case 'overtaken':
      return { status: 409, message: sentence('another request has ended the attachment meanwhile') };
  }
}
