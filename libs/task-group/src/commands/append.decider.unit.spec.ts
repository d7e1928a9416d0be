import { decideAppend, type Append } from './append.decider';
import { appended, cancelled, created, deleted, given } from './commands.scenario';
import { newCommandGroup } from './command-group';

const append: Append = {
  batchId: 'b',
  rowCount: 2,
  credentialId: 'cred',
  warnings: [],
  limits: { rows: 10, costUsd: undefined },
};

describe('appending rows', () => {
  it('given a group, when rows are appended, then they come behind the last one as the next generation', () => {
    const { state } = given(created(3));
    expect(decideAppend(state, append).data).toEqual({
      batch_id: 'b',
      first_row: 3,
      row_count: 2,
      generation: 2,
      credential_id: 'cred',
    });
  });

  it('given an append before, then the next one counts on from it', () => {
    const { state } = given(created(3), appended(3, 4, 2));
    expect(decideAppend(state, append).data).toMatchObject({ first_row: 7, generation: 3 });
  });

  it('given an append that nobody could follow, then it does not count', () => {
    const { state } = given(created(3), appended(3, 4, 9));
    expect(decideAppend(state, append).data).toMatchObject({ first_row: 3, generation: 2 });
  });

  it('given a cancelled group, when rows are appended, then they start a generation that is not cancelled', () => {
    const { state } = given(created(3), cancelled(), appended(3, 1, 2));
    expect(state.header).toMatchObject({ cancelled: false, generation: 2 });
  });

  it.each([
    ['more rows than a group may have', { rowCount: 8 }, 'too_large', 'inputs'],
    ['more rows than the caller wants', { maxInputs: 1 }, 'invalid_inputs', 'max_inputs'],
    ['no rows', { rowCount: 0 }, 'invalid_inputs', 'inputs'],
    ['rows that cost more than the caller allows', { maxCostUsd: 0.009 }, 'cost_above_limit', 'max_cost_usd'],
    [
      'a group above what the operator allows',
      { limits: { rows: 10, costUsd: 0.024 } },
      'cost_above_limit',
      'max_cost_usd',
    ],
  ])('refuses %s', (_, changes, code, field) => {
    const { state } = given(created(3));
    expect(() => decideAppend(state, { ...append, ...changes })).toThrow(
      expect.objectContaining({ code, details: expect.objectContaining({ field }) }),
    );
  });

  it('counts the whole group for the operator and only the new rows for the caller', () => {
    const { state } = given(created(3));
    const allowed = { ...append, maxCostUsd: 0.01, limits: { rows: 5, costUsd: 0.025 } };
    expect(decideAppend(state, allowed).data.row_count).toBe(2);
  });

  it('refuses unknown and deleted groups, and such as buy nothing', () => {
    const codeOf = (state: Parameters<typeof decideAppend>[0]) => () => decideAppend(state, append);
    expect(codeOf(newCommandGroup('tgrp_x'))).toThrow(expect.objectContaining({ code: 'group_not_found' }));
    expect(codeOf(given(created(1), deleted()).state)).toThrow(expect.objectContaining({ code: 'group_expired' }));
    expect(codeOf(given(created(1, { followed: true })).state)).toThrow(
      expect.objectContaining({ code: 'nothing_to_do' }),
    );
  });
});
