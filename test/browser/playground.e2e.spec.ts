import { apiGateway } from '@multitask/api-gateway';
import { parallelEmulator } from '@multitask/parallel-emulator';
import { startService, type RunningService } from '@multitask/platform';
import { createTestDatabase, startTestNats } from '@multitask/testing';
import { newMasterKey } from '@multitask/vault';
import type { Browser } from 'playwright-core';
import { describeInBrowser, launchBrowser } from './browser';
import { visit } from './visitor';

describeInBrowser('the playground of the API', () => {
  let browser: Browser;
  let origin: string;
  let upstream: string;
  const services: RunningService[] = [];
  let drop: () => Promise<unknown>;
  beforeAll(async () => {
    const [nats, database, started] = await Promise.all([startTestNats(), createTestDatabase(), launchBrowser()]);
    browser = started;
    drop = () => Promise.all([nats.stop(), database.drop()]);
    const common = { PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'silent' };
    const emulator = await startService(parallelEmulator, common, { processMetrics: false });
    const stores = { NATS_URL: nats.url, DATABASE_URL: database.url, VAULT_MASTER_KEY: newMasterKey() };
    upstream = `http://127.0.0.1:${emulator.port}`;
    const asked = { PARALLEL_BASE_URL: upstream, UPSTREAM_KIND: 'emulator' };
    const api = await startService(apiGateway, { ...common, ...stores, ...asked }, { processMetrics: false });
    services.push(api, emulator);
    origin = `http://127.0.0.1:${api.port}`;
  });
  afterAll(async () => {
    await browser?.close();
    for (const service of services) await service.close();
    await drop?.();
  });

  it('sends a real request and shows its answer, with our own files alone and nothing against the policy', async () => {
    const { page, faults, outside, close } = await visit(browser, `${origin}/openapi`);
    const create = page.locator('#operations-create-createTaskGroup');
    await create.locator('.opblock-summary-control').click();
    await create.getByRole('button', { name: 'Try it out' }).click();
    await create.locator('select').first().waitFor();
    const asked = { inputs: ['Who invented the zip?'], output_type: 'text', processor: 'lite' };
    await create.locator('textarea.body-param__text').fill(JSON.stringify(asked));
    await create.getByRole('button', { name: 'Execute' }).click();
    const answer = create.locator('.live-responses-table');
    await answer.locator('.response-col_status', { hasText: '201' }).waitFor();
    const [groupId] = /tgrp_[0-9a-f]{32}/.exec(await answer.innerText()) ?? [];
    // It was no play: the upstream has the group.
    const group = await fetch(`${upstream}/v1/tasks/groups/${groupId}`, { headers: { 'x-api-key': 'emulator' } });
    expect(group.status).toBe(200);
    expect({ faults: await faults(), outside }).toEqual({ faults: [], outside: [] });
    await close();
  });
});
