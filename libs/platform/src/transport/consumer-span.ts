import { context as otelContext, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { contextOf } from '@hearth/event-sourcing';
import type { MsgHdrs } from 'nats';
import type { CompleteSpec } from './consumer-spec';
import type { Delivery } from './delivery';

/** Runs `work` inside a consumer span whose parent is the publisher's, as the message's headers name it. */
export async function inConsumerSpan<T>(delivery: Delivery, spec: CompleteSpec, work: () => Promise<T>): Promise<T> {
  const parent = contextOf(delivery.header('traceparent'));
  const attributes = {
    'messaging.system': 'nats',
    'messaging.operation.type': 'process',
    'messaging.destination.name': delivery.subject,
    'messaging.consumer.group.name': spec.durable,
    'messaging.message.id': String(delivery.sequence),
    'messaging.nats.delivery_count': delivery.deliveryCount,
  };
  const span = trace
    .getTracer('@hearth/platform')
    .startSpan(`${spec.pattern} process`, { kind: SpanKind.CONSUMER, attributes }, parent);
  try {
    return await otelContext.with(trace.setSpan(parent, span), work);
  } catch (error) {
    span.recordException(error instanceof Error ? error : String(error));
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    span.end();
  }
}

/** Writes the active span's trace context into a message's headers. Without tracing it writes nothing. */
export function injectTrace(headers: MsgHdrs): MsgHdrs {
  propagation.inject(otelContext.active(), headers, { set: (carrier, key, value) => carrier.set(key, value) });
  return headers;
}
