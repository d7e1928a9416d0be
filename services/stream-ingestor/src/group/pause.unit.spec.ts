import { pause } from './pause';
import { Pulse } from './pulse';

describe('a pause', () => {
  const group = () => ({ pulse: new Pulse(), state: { header: { credentialId: 'one' } } });
  const never = new AbortController().signal;

  it('lasts, however often something happens to the group', async () => {
    const { pulse, state } = group();
    const startedAt = performance.now();
    const ringing = setInterval(() => pulse.ring(), 1);
    await pause({ pulse, state }, 60, never);
    clearInterval(ringing);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(59);
  });

  it('ends at once when another key is presented', async () => {
    const { pulse, state } = group();
    const pausing = pause({ pulse, state }, 3_600_000, never);
    state.header.credentialId = 'two';
    pulse.ring();
    await pausing;
  });

  it('ends with its signal', async () => {
    const { pulse, state } = group();
    const ending = new AbortController();
    const pausing = pause({ pulse, state }, 3_600_000, ending.signal);
    ending.abort();
    await pausing;
  });
});
