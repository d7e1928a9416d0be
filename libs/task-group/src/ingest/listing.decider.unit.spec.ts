import { added, created, given, requested, runIdOf } from './ingest.scenario';
import { tellsKeys } from './listing.decider';

describe('a listing of the upstream’s runs', () => {
  // Row 0 is bought; what became of row 1 is unclear.
  const state = () => given(created(2), requested(1, '0.1'), added(1, '0.1'), requested(2, '1.1'));
  const ours = { run_id: runIdOf('0.1'), key: '0.1' };
  const stranger = { run_id: 'trun_stranger', key: undefined };

  it('tells whose runs it shows when each has its key, or when only strangers have none', () => {
    expect(tellsKeys(state(), [])).toBe(true);
    expect(tellsKeys(state(), [ours])).toBe(true);
    expect(tellsKeys(state(), [ours, stranger])).toBe(true);
  });

  it('proves nothing when it shows a run of ours without its key', () => {
    expect(tellsKeys(state(), [{ ...ours, key: undefined }])).toBe(false);
    expect(
      tellsKeys(state(), [
        { ...ours, key: undefined },
        { run_id: 'trun_other', key: '1.1' },
      ]),
    ).toBe(false);
  });

  it('proves nothing when it shows no key at all', () => {
    expect(tellsKeys(given(created(1), requested(1, '0.1')), [stranger])).toBe(false);
  });
});
