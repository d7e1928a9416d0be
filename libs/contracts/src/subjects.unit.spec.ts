import fc from 'fast-check';
import { partitionOf } from './ids';
import { groupFilter, parseSubject, partitionFilter, subjectOf } from './subjects';

const groupId = fc.stringMatching(/^tgrp_[0-9a-f]{32}$/);

describe('subjects', () => {
  it('name partition, group and writer, and are read back', () => {
    fc.assert(
      fc.property(
        groupId,
        fc.constantFrom('command' as const, 'ingest' as const, 'notify' as const, 'part' as const),
        (id, writer) => {
          const subject = subjectOf(id, writer);
          expect(subject).toBe(`multitask.${partitionOf(id)}.${id}.${writer}`);
          expect(parseSubject(subject)).toEqual({ partition: partitionOf(id), groupId: id, writer });
        },
      ),
    );
  });

  it('select one group, or one partition', () => {
    const id = `tgrp_${'0'.repeat(32)}`;
    expect(groupFilter(id)).toBe(`multitask.03.${id}.*`);
    expect(partitionFilter('05')).toBe('multitask.05.*.*');
  });

  it.each([
    '',
    '*',
    '>',
    'tgrp_*',
    `tgrp_${'0'.repeat(31)}.`,
    `tgrp_${'0'.repeat(32)}.x`,
    `tgrp_${'0'.repeat(32)} `,
    '../x',
    '%2e',
  ])('are never made of %j', (id) => {
    expect(() => subjectOf(id, 'command')).toThrow(TypeError);
    expect(() => groupFilter(id)).toThrow(TypeError);
  });

  it.each([
    '',
    'multitask',
    'other.05.tgrp_x.command',
    `multitask.05.tgrp_${'0'.repeat(32)}.other`,
    `multitask.05.tgrp_${'0'.repeat(32)}.command.more`,
  ])('%j is no subject of ours', (subject) => {
    expect(parseSubject(subject)).toBeUndefined();
  });
});
