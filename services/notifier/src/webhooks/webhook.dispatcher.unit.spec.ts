import { createLogger, Metrics } from '@multitask/platform';
import type { NotifyJob, NotifyJobRepository } from '@multitask/read-model';
import { NotifierMetrics } from '../notifier.metrics';
import type { WebhookDelivery } from './webhook.delivery';
import { WebhookDispatcher } from './webhook.dispatcher';

const options = { concurrency: 4, perEndpoint: 2, claimSeconds: 60, pollMs: 10 };

it('gives a delivery back in a moment when the log fails after the sending, not when the claim ends', async () => {
  const stop = new AbortController();
  const postponed: [number, Date][] = [];
  const due = [{ id: 7, groupId: 'tgrp_1' } as NotifyJob];
  const jobs = {
    claim: () => Promise.resolve(due.splice(0)),
    postpone: (id: number, at: Date) => {
      postponed.push([id, at]);
      stop.abort();
      return Promise.reject(new Error('the database is away, too'));
    },
  } as unknown as NotifyJobRepository;
  const delivery = {
    prepare: () => Promise.resolve({ endpoint: 'https://a.example/…' }),
    deliver: () => Promise.reject(new Error('nobody knows whether the log has it')),
  } as unknown as WebhookDelivery;
  const logger = createLogger('test', { level: 'silent', format: 'json' });
  const metrics = new NotifierMetrics(new Metrics('test', { processMetrics: false }));
  const now = () => new Date('2026-01-01T00:00:00Z');
  await new WebhookDispatcher({ jobs, delivery, metrics, logger, now }, options).run(stop.signal);
  expect(postponed).toEqual([[7, new Date('2026-01-01T00:00:05Z')]]);
});
