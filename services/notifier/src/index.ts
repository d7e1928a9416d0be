import type { Service } from '@multitask/platform';
import { NotifierModule } from './notifier.module';
import { notifierSettings, type NotifierSettings } from './notifier.settings';

/** Webhooks, and groups' end of life; no HTTP of its own. */
export const notifier: Service<NotifierSettings> = {
  name: 'notifier',
  config: notifierSettings,
  module: (context) => NotifierModule.with(context),
};
