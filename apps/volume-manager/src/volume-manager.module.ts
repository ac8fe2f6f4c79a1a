import { targetOfNudge } from '@hearth/contracts';
import { JetStreamMessageContext, PoisonMessageError } from '@hearth/platform';
import { Controller, type DynamicModule, Inject, Module } from '@nestjs/common';
import { Ctx, EventPattern } from '@nestjs/microservices';
import { VolumeManager } from './host/volume-manager';

/** Wakes the host for one volume or one pool. A nudge carries an id and no instructions. */
@Controller()
export class NudgesController {
  constructor(@Inject(VolumeManager) private readonly manager: VolumeManager) {}

  @EventPattern('nudges')
  async onNudge(@Ctx() context: JetStreamMessageContext): Promise<void> {
    const target = targetOfNudge(context.subject);
    if (!target) throw new PoisonMessageError(`'${context.subject}' is no subject of a nudge`);
    await this.manager.react(target, context.signal);
  }
}

@Module({})
export class VolumeManagerModule {
  static of(manager: VolumeManager): DynamicModule {
    return {
      module: VolumeManagerModule,
      controllers: [NudgesController],
      providers: [{ provide: VolumeManager, useValue: manager }],
    };
  }
}
