import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { processors } from '@multitask/contracts';
import { launchGateway, type LaunchedGateway } from '../testing/gateway.launcher';

describe('the form', () => {
  let gateway: LaunchedGateway;
  beforeAll(async () => {
    gateway = await launchGateway({ UPSTREAM_KIND: 'custom' });
  });
  afterAll(() => gateway?.close());
  const page = async () => (await fetch(gateway.origin)).text();
  const post = (fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const body = new FormData();
    for (const [name, value] of Object.entries({ api_key: 'a-key', output_type: 'text', processor: 'lite', ...fields }))
      body.append(name, value);
    return fetch(gateway.create, {
      method: 'POST',
      body,
      redirect: 'manual',
      headers: { accept: 'text/html', ...headers },
    });
  };

  it('names every processor with the price the API asks', async () => {
    const html = await page();
    for (const { name, usdPerRun } of processors) {
      const [line] = html.split(`<tr data-processor="${name}">`)[1]!.split('</tr>');
      const cents = usdPerRun.toFixed(2);
      expect(line).toContain(`<td class="number">$${Number(cents) === usdPerRun ? cents : usdPerRun}</td>`);
    }
  });

  it('is loaded from addresses that may be kept for ever, and from no other revision', async () => {
    const [address] = /\/v1beta\/[^"]+\/form\/main\.js/.exec(await page())!;
    const get = (path: string) => fetch(gateway.origin + path);
    const script = await get(address!);
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('x-content-type-options')).toBe('nosniff');
    const other = await get(address!.replace(/[0-9a-f]{12}/, '000000000000'));
    expect([other.status, other.headers.get('cache-control')]).toEqual([200, 'no-store']);
    for (const name of ['borrowed.json', 'form/none.js', '..%2f..%2findex.js', '__proto__'])
      expect((await get(address!.replace('form/main.js', name))).status).toBe(404);
  });

  it('has the colours of the page of a result', () => {
    const base = (service: string) =>
      readFileSync(resolve(__dirname, `../../../${service}/src/assets/style/base.css`), 'utf8');
    expect(base('api-gateway')).toBe(base('results-gateway'));
  });

  it('shows a secret that was made, once; leads on where there is none to show', async () => {
    const webhook_url = 'https://hooks.example.com/done';
    const made = await post({ inputs: 'a\n1', webhook_url });
    const html = await made.text();
    expect(made.status).toBe(201);
    expect(made.headers.get('cache-control')).toBe('no-store');
    expect(made.headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
    expect(html).toContain(`<code>${made.headers.get('webhook-secret')}</code>`);
    expect(html).toMatch(/href="\/tgrp_[0-9a-f]{32}"/);
    const webhook_secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    const own = await post({ inputs: 'a\n1', webhook_url, webhook_secret });
    expect(own.status).toBe(303);
    expect(await own.text()).not.toContain(webhook_secret);
  });

  it('gives every one of its fields a name the API knows', async () => {
    const html = await page();
    const names = [...html.matchAll(/<(?:input|textarea)[^>]* name="([^"]+)"/g)].map(([, name]) => name!);
    const { fields } = (await (await fetch(`${gateway.create}/limits`)).json()) as { fields: string[] };
    const roots = new Set(names.map((name) => name.split('.')[0]!));
    roots.delete('api_key');
    expect([...roots].sort()).toEqual([...fields].sort());
  });

  it('takes the parts of a document one by one, and tells a fault of one by its name', async () => {
    const refused = await post(
      { inputs: 'a\n1', 'source_policy.include_domains': 'example.com https://x', 'advanced_settings.location': 'deu' },
      { accept: 'application/json' },
    );
    expect(refused.status).toBe(400);
    expect(((await refused.json()) as { errors: { field: string }[] }).errors.map(({ field }) => field)).toEqual([
      'source_policy.include_domains[1]',
      'advanced_settings.location',
    ]);
  });
});
