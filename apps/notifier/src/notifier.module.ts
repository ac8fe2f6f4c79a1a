import { type DynamicModule, Module } from '@nestjs/common';
import { Notifier } from './notifier';

/** The notifier reads the log in order by itself: no message is handed to it. */
@Module({})
export class NotifierModule {
  static of(notifier: Notifier): DynamicModule {
    return { module: NotifierModule, providers: [{ provide: Notifier, useValue: notifier }] };
  }
}
