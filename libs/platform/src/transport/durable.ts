import { AckPolicy, type ConsumerConfig, DeliverPolicy, type JetStreamManager, NatsError, nanos } from 'nats';
import type { CompleteSpec, DeliverFrom } from './consumer-spec';

const deliverPolicies: Record<DeliverFrom, DeliverPolicy> = {
  all: DeliverPolicy.All,
  new: DeliverPolicy.New,
  'last-per-subject': DeliverPolicy.LastPerSubject,
};

/** JetStream's codes for "there is such a consumer already, and it differs". */
const alreadyThere = new Set([10105, 10148]);

/**
 * Makes the durable, or brings an existing one up to its specification; running it again changes nothing. Throws an
 * error that names the durable and what to do when the stream is missing or a difference cannot be changed in place.
 */
export async function ensureDurable(jsm: JetStreamManager, spec: CompleteSpec): Promise<void> {
  const config = configOf(spec);
  try {
    await jsm.consumers.add(spec.stream, config);
  } catch (error) {
    if (!alreadyThere.has(apiCode(error) ?? 0)) throw explain(error, spec);
    await jsm.consumers.update(spec.stream, spec.durable, config).catch((cause) => {
      throw explain(cause, spec);
    });
  }
}

function configOf(spec: CompleteSpec): Partial<ConsumerConfig> {
  return {
    durable_name: spec.durable,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(spec.ackWaitMs),
    deliver_policy: deliverPolicies[spec.deliverFrom],
    max_ack_pending: spec.unfinishedMax,
    // The transport counts deliveries itself: a broker that stops delivering tells nobody.
    max_deliver: -1,
    ...(spec.filterSubject && { filter_subject: spec.filterSubject }),
  };
}

function explain(error: unknown, { durable, stream, filterSubject, deliverFrom }: CompleteSpec): Error {
  const place = `durable consumer '${durable}' of the JetStream stream '${stream}'`;
  if (apiCode(error) === 10059) {
    return new Error(`${place}: there is no such stream; create the streams before the apps listen`, { cause: error });
  }
  if (apiCode(error) === undefined) return new Error(`${place}: ${messageOf(error)}`, { cause: error });
  const wanted = `filter ${filterSubject ?? 'none'}, deliver ${deliverFrom}`;
  const advice = `if it exists with other settings that cannot be changed in place, delete it once: nats consumer rm ${stream} ${durable}`;
  return new Error(`${place} (${wanted}) was refused: ${messageOf(error)}; ${advice}`, { cause: error });
}

const apiCode = (error: unknown): number | undefined =>
  error instanceof NatsError ? error.api_error?.err_code : undefined;

const messageOf = (error: unknown): string =>
  error instanceof NatsError ? (error.api_error?.description ?? error.message) : String(error);
