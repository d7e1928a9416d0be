import type { OrchestrationStore } from '@multitask/orchestration';
import { eventually } from '@multitask/testing';
import { Orchestrator } from './orchestrator';

it('a store that is away is told of once, and again when something else is wrong with it', async () => {
  let fault = 'away';
  let asked = 0;
  const transaction = () => (asked++, Promise.reject(new Error(fault)));
  const store: OrchestrationStore = { read: {} as never, transaction, close: async () => undefined };
  const told: string[] = [];
  const onFault = (error: unknown, what: string) => told.push(`${what}: ${(error as Error).message}`);
  const orchestrator = new Orchestrator(store, { sweepEveryMs: 1, onFault });
  await eventually(() => asked > 3);
  fault = 'full';
  await eventually(() => told.length === 2);
  const now = asked;
  await eventually(() => asked > now + 3);
  await orchestrator.close();
  expect(told).toEqual(['sweep: away', 'sweep: full']);
});
