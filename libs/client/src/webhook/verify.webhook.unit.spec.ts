import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { MultitaskError } from '../error/multitask.error';
import { verifyWebhook, type VerifyOptions } from './verify.webhook';

const secretOf = (text: string) => `whsec_${Buffer.from(text.padEnd(32, '.')).toString('base64')}`;
const secret = secretOf('now');
const body = JSON.stringify({
  type: 'task_group.completed',
  data: { taskgroup_id: 'tgrp_1', generation: 1, text: 'é👩‍👧' },
});
const sentAt = new Date('2026-11-21T12:00:00Z');
const minutes = (count: number) => new Date(sentAt.getTime() + count * 60_000);

/** Signed by the library that the notifier signs with. */
function signed(
  more: { secrets?: string[]; id?: string; body?: string } = {},
): VerifyOptions & { headers: Record<string, string> } {
  const { secrets = [secret], id = 'tgrp_1.1', body: text = body } = more;
  return {
    body: text,
    secret,
    now: sentAt,
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(sentAt.getTime() / 1_000),
      'webhook-signature': secrets.map((one) => new Webhook(one).sign(id, sentAt, text)).join(' '),
    },
  };
}
const withHeader = (name: string, value: string) => {
  const message = signed();
  return { ...message, headers: { ...message.headers, [name]: value } };
};
const refusal = (message: VerifyOptions) =>
  verifyWebhook(message).then(
    () => 'taken',
    (error: unknown) => (error as MultitaskError).code,
  );

describe('a webhook', () => {
  it('that is genuine is taken, from any framework’s headers, as text or bytes', async () => {
    const message = signed();
    expect(await verifyWebhook(message)).toEqual({ id: 'tgrp_1.1', sentAt, event: JSON.parse(body) });
    await verifyWebhook({ ...message, headers: new Headers(message.headers) });
    await verifyWebhook({ ...message, body: new TextEncoder().encode(body) });
    const loud = Object.entries(message.headers).map(([name, value]) => [name.toUpperCase(), [value]] as const);
    await verifyWebhook({ ...message, headers: Object.fromEntries(loud) });
  });

  it('whose body was changed, anywhere, is refused', async () => {
    const message = signed();
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length - 1), fc.string({ minLength: 1, maxLength: 3 }), async (at, text) => {
        const changed = body.slice(0, at) + text + body.slice(at + 1);
        fc.pre(changed !== body);
        expect(await refusal({ ...message, body: changed })).toBe('webhook_refused');
      }),
    );
    expect(await refusal({ ...message, body: JSON.stringify(JSON.parse(body), null, 1) })).toBe('webhook_refused');
  });

  it('whose id was changed is refused', async () => {
    expect(await refusal(withHeader('webhook-id', 'tgrp_1.2'))).toBe('webhook_refused');
  });

  it.each([
    [-6, 'webhook_refused'],
    [-5, 'taken'],
    [0, 'taken'],
    [5, 'taken'],
    [6, 'webhook_refused'],
  ])('read %i minutes after it was sent is %s', async (late, outcome) => {
    expect(await refusal({ ...signed(), now: minutes(late) })).toBe(outcome);
  });

  it('with a time that was changed is refused, although the new time is near', async () => {
    const soon = String(minutes(10).getTime() / 1_000);
    expect(await refusal({ ...withHeader('webhook-timestamp', soon), now: minutes(10) })).toBe('webhook_refused');
  });

  it('with the signature of another message is refused', async () => {
    const other = signed({ id: 'tgrp_2.1', body: body.replaceAll('tgrp_1', 'tgrp_2') });
    expect(
      await refusal({
        ...signed(),
        headers: { ...signed().headers, 'webhook-signature': other.headers['webhook-signature']! },
      }),
    ).toBe('webhook_refused');
  });

  it('signed with the old secret is taken while both are known, and refused after the rotation', async () => {
    const old = signed({ secrets: [secretOf('old')] });
    expect(await refusal({ ...old, secret: [secret, secretOf('old')] })).toBe('taken');
    expect(await refusal({ ...old, secret })).toBe('webhook_refused');
  });

  it('with two signatures, as during a rotation, is taken by who knows either secret', async () => {
    const both = signed({ secrets: [secretOf('old'), secret] });
    for (const known of [secret, secretOf('old')]) expect(await refusal({ ...both, secret: known })).toBe('taken');
    expect(await refusal({ ...both, secret: secretOf('third') })).toBe('webhook_refused');
  });

  it('is compared in constant time with every secret, whichever fits', async () => {
    const verify = jest.spyOn(crypto.subtle, 'verify');
    const both = signed({ secrets: [secret, secretOf('old')] });
    const counts: number[] = [];
    for (const secrets of [
      [secret, secretOf('old')],
      [secretOf('old'), secret],
      [secretOf('third'), secretOf('old')],
    ]) {
      verify.mockClear();
      await verifyWebhook({ ...both, secret: secrets });
      counts.push(verify.mock.calls.length);
    }
    verify.mockRestore();
    expect(counts).toEqual([4, 4, 4]);
  });

  it.each([
    ['webhook-id', ''],
    ['webhook-timestamp', ''],
    ['webhook-timestamp', 'now'],
    ['webhook-timestamp', '1e9'],
    ['webhook-timestamp', '-1'],
    ['webhook-signature', ''],
    ['webhook-signature', 'v1,'],
    ['webhook-signature', 'v1,%%%'],
    ['webhook-signature', 'v2,AAAA'],
    ['webhook-signature', 'v1a,AAAA'],
  ])('whose header %s is %j is refused', async (name, value) => {
    expect(await refusal(withHeader(name, value))).toBe('webhook_refused');
  });

  it('of any headers at all is refused, never anything else', async () => {
    const names = fc.constantFrom('webhook-id', 'webhook-timestamp', 'webhook-signature');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, fc.string()), async (headers) => {
        expect(await refusal({ ...signed(), headers })).toBe('webhook_refused');
      }),
    );
  });

  it('is refused without a word of the secret when that cannot be one', async () => {
    const error = (await verifyWebhook({ ...signed(), secret: 'whsec_{hidden}' }).catch(
      (one: unknown) => one,
    )) as Error;
    expect(error).toMatchObject({ code: 'webhook_refused', field: 'secret' });
    expect(error.message).not.toContain('hidden');
    expect(await refusal({ ...signed(), secret: '' })).toBe('webhook_refused');
    expect(await refusal({ ...signed(), secret: [] })).toBe('webhook_refused');
  });
});
