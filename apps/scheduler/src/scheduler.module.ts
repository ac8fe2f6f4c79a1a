import { targetOfNudge } from '@hearth/contracts';
import { instantOfNanos, isSentAsCommit } from '@hearth/event-store-nats';
import { JetStreamMessageContext, PoisonMessageError } from '@hearth/platform';
import { Controller, type DynamicModule, Inject, Module } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { Scheduler } from './scheduler';

/** What reaches the scheduler: every fact, and nudges for volumes whose placement got stuck. */
@Controller()
export class SchedulerController {
  constructor(@Inject(Scheduler) private readonly scheduler: Scheduler) {}

  @EventPattern('facts')
  async onFact(@Payload() bytes: Uint8Array, @Ctx() context: JetStreamMessageContext): Promise<void> {
    if (!isSentAsCommit(context.headers)) return;
    const { subject, sequence, storedAtNanos } = context;
    await this.scheduler.onFact({ subject, sequence, storedAt: instantOfNanos(storedAtNanos) }, bytes);
  }

  @EventPattern('nudges')
  async onNudge(@Ctx() context: JetStreamMessageContext): Promise<void> {
    const target = targetOfNudge(context.subject);
    if (!target) throw new PoisonMessageError(`'${context.subject}' is no subject of a nudge`);
    await this.scheduler.onNudge(target);
  }
}

@Module({})
export class SchedulerModule {
  static of(scheduler: Scheduler): DynamicModule {
    return {
      module: SchedulerModule,
      controllers: [SchedulerController],
      providers: [{ provide: Scheduler, useValue: scheduler }],
    };
  }
}
