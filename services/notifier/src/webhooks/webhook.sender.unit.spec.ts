import { OutboundError, type OutboundClient } from '@multitask/outbound-http';
import { Webhook } from 'standardwebhooks';
import { WebhookSender } from './webhook.sender';

const secretOf = (text: string) => `whsec_${Buffer.alloc(32, text).toString('base64')}`;
const secret = secretOf('mine');
const completion = {
  groupId: 'tgrp_1',
  generation: 1,
  origin: 'https://multitask.example',
  counts: { completed: 1 },
  completedAt: new Date('2026-11-21T12:00:00Z'),
};
const never = new AbortController().signal;

type Post = OutboundClient['post'];
function sending(answer: Awaited<ReturnType<Post>> | Error) {
  const sent: { body: string; headers: Record<string, string> }[] = [];
  const post: Post = async (_, body, headers) => {
    sent.push({ body, headers: { ...headers } });
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { sent, sender: new WebhookSender({ post } as OutboundClient, 1_000) };
}
const answering = (status: number, headers = {}) => sending({ status, headers, body: '' });

describe('a signed webhook', () => {
  async function signed() {
    const { sent, sender } = answering(200);
    await sender.send({ url: 'https://hook.example/', secret }, completion, never);
    return sent[0]!;
  }
  const verify = (key: string, body: string, headers: Record<string, string>) => new Webhook(key).verify(body, headers);

  it('is accepted by anyone who has the secret', async () => {
    const { body, headers } = await signed();
    expect(verify(secret, body, headers)).toMatchObject({ type: 'task_group.completed' });
    expect(headers['webhook-id']).toBe('tgrp_1.1');
  });

  it('is refused when body, id, time or signature is another, or the secret is', async () => {
    const { body, headers } = await signed();
    const at = Number(headers['webhook-timestamp']);
    const changed: [string, string, Record<string, string>][] = [
      [secret, body.replace('completed', 'failed'), headers],
      [secret, body, { ...headers, 'webhook-id': 'tgrp_1.2' }],
      [secret, body, { ...headers, 'webhook-timestamp': String(at + 1) }],
      [secret, body, { ...headers, 'webhook-signature': 'v1,AAAA' }],
      [secretOf('other'), body, headers],
    ];
    for (const [key, text, all] of changed) expect(() => verify(key, text, all)).toThrow();
  });

  it.each([-6, 6])('is refused %i minutes from its time', async (minutes) => {
    const { body, headers } = await signed();
    jest.useFakeTimers({ now: Date.now() + minutes * 60_000 });
    expect(() => verify(secret, body, headers)).toThrow();
    jest.useRealTimers();
  });
});

describe('what came of it', () => {
  const send = ({ sender }: ReturnType<typeof sending>, signal = never, key = secret) =>
    sender.send({ url: 'https://hook.example/canary', secret: key }, completion, signal);

  it.each([
    ['7', 7],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    ['-1', undefined],
    ['99999999999', undefined],
  ])('is the status, with Retry-After %s understood as %s', async (header, retryAfter) => {
    expect(await send(answering(503, { 'retry-after': header }))).toEqual({ status: 503, retryAfter });
  });

  it('is told in our own words when there was no answer', async () => {
    const refused = new OutboundError('unreachable', 'https://hook.example… canary', { reason: 'no such name' });
    expect(await send(sending(refused))).toEqual({ status: null, fault: 'it cannot be reached: no such name' });
    const late = new OutboundError('timeout', 'canary');
    expect(await send(sending(late))).toEqual({ status: null, fault: 'there was no answer in time' });
  });

  it('is unknown when the sending was cut', async () => {
    const cut = AbortSignal.abort();
    await expect(send(sending(new OutboundError('aborted', 'cut')), cut)).rejects.toThrow('cut');
  });

  it('is nothing at all with a secret that cannot sign', async () => {
    const attempt = answering(200);
    expect(await send(attempt, never, 'whsec_')).toMatchObject({ status: null, fault: expect.any(String) });
    expect(attempt.sent).toEqual([]);
  });
});
