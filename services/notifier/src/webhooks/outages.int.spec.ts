import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { RecordedEvent } from '@multitask/contracts';
import { eventually } from '@multitask/testing';
import { finishedGroup } from '../testing/finished.group';
import { eventuallyNotified, openHouse, openReceiver, type House } from '../testing/notifier.house';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** The waits that docs/failure-semantics.md promises between attempts; one more attempt ends the three days. */
const waits = [
  ...[5 * second, 30 * second, 2 * minute, 10 * minute, 30 * minute],
  ...[2, 5, 10, 10, 14, 24].map((hours) => hours * hour),
];
const jitterShare = 0.1;
/** Between the moment an attempt is due and the decision on it: the clock is read each second, and the machine is busy. */
const lateMs = 30 * second;

const patience = { timeoutMs: 40_000 };

const attemptsOf = (events: readonly RecordedEvent[]) =>
  events.flatMap((event) => (event.name === 'WebhookAttempted' ? [event.data] : []));

describe('a receiver in trouble', () => {
  let house: House;
  const open: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(receiver: T): T => (open.push(receiver), receiver);
  beforeEach(async () => {
    house = await openHouse();
    house.startProjector();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((receiver) => receiver.close()));
    await house.close();
  });

  /** Moves the clock from one due attempt to the next, whoever's it is, until nothing is due any more. */
  async function liveOn(groupIds: readonly string[], before: (attempt: number, groupId: string) => unknown) {
    const told = new Map<string, RecordedEvent[]>();
    for (const groupId of groupIds) told.set(groupId, await eventuallyNotified(house.log, groupId, 1));
    for (;;) {
      const due = [...told]
        .map(([groupId, events]) => ({ groupId, events, at: attemptsOf(events).at(-1)!.next_try_at }))
        .filter(({ at }) => at !== null)
        .sort((a, b) => a.at!.localeCompare(b.at!));
      const [next] = due;
      if (!next) return told;
      await before(attemptsOf(next.events).length + 1, next.groupId);
      house.moveClock((Date.parse(next.at!) - Date.now()) / second);
      told.set(next.groupId, await eventuallyNotified(house.log, next.groupId, next.events.length + 1));
    }
  }

  it('down for six hours, then failing, then hanging, gets it one slot after it recovered; one without TLS is given up', async () => {
    const receiver = keep(await switchable());
    // Speaks no TLS at all: the handshake fails.
    const plain = keep(await openReceiver(() => 200));
    await house.startNotifier({
      OUTBOUND_ALLOW: `${receiver.host},${plain.host}`,
      WEBHOOK_TIMEOUT_MS: '3000',
      NOTIFIER_CLAIM_SECONDS: '30',
    });
    const startedAt = Date.now();
    await receiver.become('down');
    const { groupId } = await finishedGroup(house, { hook: `http://${receiver.host}/` });
    const { groupId: withoutTls } = await finishedGroup(house, { hook: `https://${plain.host}/` });

    const modes = { 8: 'failing', 9: 'hanging', 10: 'well' } as const;
    const told = await liveOn([groupId, withoutTls], (attempt, of) => {
      if (of === groupId && attempt in modes) return receiver.become(modes[attempt as keyof typeof modes]);
    });

    const attempts = attemptsOf(told.get(groupId)!);
    expect(attempts.map(({ status, error, delivered }) => [status, error, delivered])).toEqual([
      ...Array.from({ length: 7 }, () => [null, 'it cannot be reached: the connection was refused', false]),
      [500, 'the endpoint answered 500', false],
      [null, 'there was no answer in time', false],
      [200, null, true],
    ]);
    // The seventh attempt was the last within six hours; the eighth is the slot after.
    const tries = attempts.map(({ next_try_at }) => (next_try_at ? Date.parse(next_try_at) - startedAt : Infinity));
    expect(tries[5]).toBeLessThan(6 * hour);
    expect(tries[6]).toBeGreaterThan(6 * hour);

    const given = told.get(withoutTls)!;
    expect(attemptsOf(given)).toHaveLength(waits.length + 2);
    expect(given.at(-1)).toMatchObject({ name: 'WebhookGaveUp', data: { attempts: waits.length + 2 } });
    expect(plain.received).toHaveLength(0);
    for (const events of told.values()) expectSchedule(attemptsOf(events), startedAt);
  });

  it('holds up none of nineteen others, and never has more than its share of deliveries', async () => {
    let recover: (status: number) => void = () => undefined;
    const hanging = new Promise<number>((resolve) => (recover = resolve));
    const bad = keep(await openReceiver(() => hanging));
    const others = await Promise.all(Array.from({ length: 19 }, async () => keep(await openReceiver(() => 200))));
    const groups: string[] = [];
    for (const { host } of [...Array.from({ length: 8 }, () => bad), ...others])
      groups.push((await finishedGroup(house, { hook: `http://${host}/` })).groupId);
    const jobs = () => house.db.selectFrom('notify.jobs').select('id').where('kind', '=', 'webhook').execute();
    await eventually(async () => (await jobs()).length === groups.length, patience);
    // All are due at once, those of the bad one first.
    await house.startNotifier({
      OUTBOUND_ALLOW: [bad, ...others].map(({ host }) => host).join(','),
      // Longer than this test waits for anything.
      WEBHOOK_TIMEOUT_MS: '60000',
      NOTIFIER_CLAIM_SECONDS: '600',
    });
    await eventually(() => others.every(({ received }) => received.length === 1), patience);
    await eventually(() => bad.open() === 4, patience);
    // All nineteen have theirs, and of the bad one's not even the first has ended.
    expect([bad.mostOpen(), bad.received.length]).toEqual([4, 4]);
    recover(200);
    for (const groupId of groups) await eventuallyNotified(house.log, groupId, 1);
    expect([bad.mostOpen(), bad.received.length]).toEqual([4, 8]);
  });
});

/** Each attempt is due after its wait, give or take a tenth; the last one ends the three days. */
function expectSchedule(attempts: readonly { next_try_at: string | null }[], startedAt: number): void {
  let dueAt = startedAt;
  attempts.forEach(({ next_try_at }, index) => {
    if (next_try_at === null) return;
    const nextAt = Date.parse(next_try_at);
    const wait = waits[index];
    if (wait === undefined) expect(Math.abs(nextAt - startedAt - 72 * hour)).toBeLessThan(2 * lateMs);
    else {
      expect(nextAt - dueAt).toBeGreaterThanOrEqual(Math.floor(wait * (1 - jitterShare)) - second);
      expect(nextAt - dueAt).toBeLessThanOrEqual(wait * (1 + jitterShare) + lateMs);
    }
    dueAt = nextAt;
  });
}

/** A receiver at one address that can be down, fail, hang or be well. */
async function switchable() {
  let mode: 'down' | 'failing' | 'hanging' | 'well' = 'well';
  let server: Server | undefined;
  const listen = async (port: number) => {
    server = createServer((request, response) => {
      request.resume();
      if (mode !== 'hanging') request.on('end', () => response.writeHead(mode === 'well' ? 200 : 500).end());
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const close = async () => {
    const closing = server;
    server = undefined;
    closing?.closeAllConnections();
    if (closing) await new Promise((resolve) => closing.close(resolve));
  };
  const port = await listen(0);
  return {
    host: `127.0.0.1:${port}`,
    async become(next: typeof mode) {
      mode = next;
      if (mode === 'down') await close();
      else if (!server) await listen(port);
    },
    close,
  };
}
