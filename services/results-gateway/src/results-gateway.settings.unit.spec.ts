import { resultsGatewaySettings } from './results-gateway.settings';

const given = { NATS_URL: 'nats://127.0.0.1:4222', DATABASE_URL: 'postgres://127.0.0.1/multitask' };

describe('the pause between heartbeats', () => {
  it('is 15,000 ms unless set otherwise, as docs/PROTOCOL.md promises', () => {
    expect(resultsGatewaySettings.parse(given).STREAM_HEARTBEAT_MS).toBe(15_000);
  });

  it('cannot be set longer than promised', () => {
    const { error } = resultsGatewaySettings.safeParse({ ...given, STREAM_HEARTBEAT_MS: '15001' });
    expect(error?.issues.map(({ path }) => path)).toEqual([['STREAM_HEARTBEAT_MS']]);
  });
});
