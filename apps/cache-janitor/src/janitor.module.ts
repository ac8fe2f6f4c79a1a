import { JetStreamMessageContext } from '@hearth/platform';
import { Controller, type DynamicModule, Inject, Module } from '@nestjs/common';
import { Ctx, EventPattern } from '@nestjs/microservices';
import { Janitor } from './janitor';

/** What reaches the janitor: facts about backends and their settings. */
@Controller()
export class SettingsController {
  constructor(@Inject(Janitor) private readonly janitor: Janitor) {}

  @EventPattern('settings')
  async onSettings(@Ctx() context: JetStreamMessageContext): Promise<void> {
    await this.janitor.onSettings(context.sequence);
  }
}

@Module({})
export class JanitorModule {
  static of(janitor: Janitor): DynamicModule {
    return {
      module: JanitorModule,
      controllers: [SettingsController],
      providers: [{ provide: Janitor, useValue: janitor }],
    };
  }
}
