import { existsSync, writeFileSync } from 'node:fs';
import { until } from '../../chaos/waiting';
import { toldBoth } from './away.act';
import { inWords, isPurchase, lateOf, openPurchases, waitsOf } from './dark.wait';
import type { ActAccount, ActOf, Stage } from './act';

const acceptedWithinMs = 60_000;
/** Of an upstream that takes some seconds for an answer: asked so lately, a purchase is still unanswered when the power is gone. */
const freshMs = 1_500;

/**
 * The power of a node is cut once a purchase of an ingestor there is unanswered, or for the node of the only Postgres once groups
 * are under way. It comes back when all groups are done without it; with Postgres away, when callers have been told so and
 * Kubernetes knows. `wish` names a file: whoever has the power does what is written into it and deletes it.
 */
export async function cutPower(act: ActOf<'power'>, stage: Stage): Promise<ActAccount> {
  const { house, release, progress } = stage;
  const node = `node-${act.node}`;
  const mine = (await release.podsOf('stream-ingestor')).filter((pod) => pod.node === node).map(({ name }) => name);
  const log = async () => (await house.log.account(progress.firstSeq)).messages;
  const isTime = async () => {
    const messages = await log();
    return act.store
      ? messages.some(isPurchase)
      : openPurchases(messages, mine).some((one) => one.at > Date.now() - freshMs);
  };
  const what = act.store
    ? 'groups are under way'
    : `an ingestor on ${node} (${mine.join() || 'none'}) waits for a purchase`;
  await until(what, isTime, { timeoutMs: 60_000, everyMs: 50 });
  const at = Date.now();
  await power(act.wish, 'off');
  const dark = Date.now();
  const said = act.store ? await untilTold(stage, node, at) : await untilDone(stage);
  const on = Date.now();
  await power(act.wish, 'on');
  if (act.store)
    await until('Postgres answers', () => house.tables.checkpoints().catch(() => undefined), { timeoutMs: 120_000 });
  await until('every group is done', () => progress.over.aborted, { timeoutMs: 240_000, everyMs: 250 });
  await release.settled(180_000);
  const waits = act.store ? [] : waitsOf(await log(), dark, mine);
  const faults = act.store ? [] : [...lateOf(waits), ...newGroups(stage, dark, on)];
  return {
    fault: { kind: 'kill', service: 'node', instance: node, at, until: on },
    disturbance: {
      what: `${node} without power`,
      from: at,
      until: Date.now(),
      cuts: ['front-door'],
      breaks: ['front-door'],
      refuses: true,
    },
    faults,
    says: [`${node} dark for ${((on - dark) / 1_000).toFixed(0)} s`, said, ...waits.map(inWords)].join('; '),
  };
}

async function power(wish: string, state: 'off' | 'on'): Promise<void> {
  writeFileSync(wish, state);
  await until(`the power is ${state}`, () => !existsSync(wish), { timeoutMs: 120_000 });
}

/** Without this node everything there is to do is done. */
async function untilDone({ progress }: Stage) {
  await until('every group is done without the node', () => progress.over.aborted, {
    timeoutMs: 230_000,
    everyMs: 250,
  });
  return 'every group was done without it';
}

/** A caller was told to come again later, for a command and for a result, and Kubernetes knows of the node. */
async function untilTold({ requests, release }: Stage, node: string, at: number) {
  const ready = ['get', 'node', node, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'];
  const known = async () => (await release.kubectl(ready)).stdout !== 'True';
  await until('somebody is told 503 with Retry-After, for a command and for a result', () => toldBoth(requests, at), {
    timeoutMs: 150_000,
  });
  await until(`Kubernetes knows of ${node}`, known, { timeoutMs: 90_000, everyMs: 500 });
  return 'a command and a result were refused with 503 and Retry-After';
}

/** Groups that were asked for in the dark are there before the light. */
function newGroups({ progress }: Stage, off: number, on: number): string[] {
  const made = progress.groups.filter(({ askedAt, acceptedAt }) => askedAt > off && acceptedAt < on);
  const late = made.filter(({ askedAt, acceptedAt }) => acceptedAt - askedAt > acceptedWithinMs);
  return [
    ...(made.length === 0 ? ['no new group was made'] : []),
    ...late.map(({ askedAt, acceptedAt }) => `a new group was accepted after ${acceptedAt - askedAt} ms`),
  ];
}
