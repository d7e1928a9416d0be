import fc from 'fast-check';
import { allPartitions, isRunId, isTaskGroupId, parseRowKey, partitionOf, rowKeyOf } from './ids';

const hex = fc.stringMatching(/^[0-9a-f]{32}$/);
const hostile = [
  '',
  'tgrp_',
  `tgrp_${'0'.repeat(31)}`,
  `tgrp_${'0'.repeat(33)}`,
  `tgrp_${'G'.repeat(32)}`,
  `tgrp_${'A'.repeat(32)}`,
  `tgrp_${'0'.repeat(32)}\n`,
  ` tgrp_${'0'.repeat(32)}`,
  `tgrp_${'0'.repeat(31)}*`,
  `tgrp_${'0'.repeat(31)}>`,
  `tgrp_${'0'.repeat(15)}.${'0'.repeat(16)}`,
  `tgrp_${'0'.repeat(30)}..`,
  'tgrp_%2e%2e',
  `tgrp_${'0'.repeat(31)}\0`,
  `trun_${'0'.repeat(32)}`,
  'x'.repeat(100_000),
];

describe('ids', () => {
  it('are a prefix and 128 bits in hex, and nothing else', () => {
    fc.assert(
      fc.property(hex, (bits) => {
        expect([isTaskGroupId(`tgrp_${bits}`), isRunId(`trun_${bits}`)]).toEqual([true, true]);
        expect([isTaskGroupId(`trun_${bits}`), isRunId(`tgrp_${bits}`)]).toEqual([false, false]);
      }),
    );
  });

  it.each(hostile)('%j is no group', (text) => {
    expect(isTaskGroupId(text)).toBe(false);
  });
});

describe('partitions', () => {
  it.each([
    ['tgrp_00000000000000000000000000000000', '03'],
    ['tgrp_00000000000000000000000000000001', '00'],
    ['tgrp_7d44b48fb27c4ac0a2a1f6a9a7c1e5d2', '01'],
  ])('the partition of %s is %s for ever', (id, partition) => {
    expect(partitionOf(id)).toBe(partition);
  });

  it('are sixteen, and all are used', () => {
    expect(allPartitions).toHaveLength(16);
    const used = new Set(
      Array.from({ length: 2_000 }, (_, i) => partitionOf(`tgrp_${i.toString(16).padStart(32, '0')}`)),
    );
    expect([...used].sort()).toEqual([...allPartitions]);
  });
});

describe('row keys', () => {
  it('say row and attempt, and are read back', () => {
    fc.assert(
      fc.property(fc.nat(999_999), fc.integer({ min: 1, max: 9_999 }), (row, attempt) => {
        const key = rowKeyOf(row, attempt);
        expect(key.length).toBeLessThanOrEqual(16);
        expect(parseRowKey(key)).toEqual({ row, attempt });
      }),
    );
  });

  it.each([undefined, null, 7, '', '1', '1.0', '01.1', '1.01', '-1.1', '1.1.1', '1.1 ', '1e3.1', '9999999999.1', {}])(
    '%j is none',
    (key) => {
      expect(parseRowKey(key)).toBeUndefined();
    },
  );
});
