import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { WebhookReceiver } from './webhook-receiver';

describe('the receiver of the example', () => {
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  let receiver: WebhookReceiver;
  beforeEach(async () => void (receiver = await WebhookReceiver.open()));
  afterEach(() => receiver.close());

  async function send(signedWith: string): Promise<void> {
    const body = JSON.stringify({ type: 'task_group.completed' });
    const at = new Date();
    const headers = {
      'webhook-id': 'tgrp_1.1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(signedWith).sign('tgrp_1.1', at, body),
    };
    expect((await fetch(receiver.url, { method: 'POST', headers, body })).status).toBe(204);
  }

  it('knows a right signature from a wrong one, whether it came before or after somebody asked', async () => {
    await send(secret);
    await expect(receiver.delivery(secret, 1_000)).resolves.toEqual({ id: 'tgrp_1.1', verified: true });

    const other = await WebhookReceiver.open();
    const first = receiver;
    receiver = other;
    const asked = other.delivery(secret, 5_000);
    await send(`whsec_${randomBytes(24).toString('base64')}`);
    await expect(asked).resolves.toEqual({ id: 'tgrp_1.1', verified: false });
    first.close();
  });

  it('says when nothing came', async () => {
    await expect(receiver.delivery(secret, 10)).resolves.toBeUndefined();
  });

  it('takes the port of the earlier start if it is free', async () => {
    receiver.close();
    const again = await WebhookReceiver.open(receiver.port);
    expect(again.port).toBe(receiver.port);
    const third = await WebhookReceiver.open(again.port);
    expect(third.port).not.toBe(again.port);
    again.close();
    third.close();
  });
});
