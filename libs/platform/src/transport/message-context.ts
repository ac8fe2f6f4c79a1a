import { BaseRpcContext } from '@nestjs/microservices';
import type { MsgHdrs } from 'nats';
import type { Delivery } from './delivery';

/** What a handler may know about the message it was given: `handle(@Payload() data, @Ctx() context: JetStreamMessageContext)`. */
export class JetStreamMessageContext extends BaseRpcContext<[Delivery, AbortSignal]> {
  get subject(): string {
    return this.args[0].subject;
  }

  /** Position in the JetStream stream. */
  get sequence(): number {
    return this.args[0].sequence;
  }

  /** When the stream stored it: nanoseconds since 1970, as digits. */
  get storedAtNanos(): string {
    return this.args[0].storedAtNanos;
  }

  /** How often this message was delivered before: 0 the first time. */
  get redeliveredCount(): number {
    return this.args[0].deliveryCount - 1;
  }

  get headers(): MsgHdrs | undefined {
    return this.args[0].headers;
  }

  get messageId(): string | undefined {
    return this.args[0].header('Nats-Msg-Id');
  }

  /** The publisher's W3C trace context, there even when nothing is traced here: pass it on with what follows. */
  get traceparent(): string | undefined {
    return this.args[0].header('traceparent');
  }

  /** Aborted when the process is asked to end. Long work may stop then by throwing: the message is delivered again, elsewhere. */
  get signal(): AbortSignal {
    return this.args[1];
  }

  /** Tells the broker that work goes on. Done by itself every third of the acknowledgement's wait. */
  progress(): void {
    this.args[0].progress();
  }
}
