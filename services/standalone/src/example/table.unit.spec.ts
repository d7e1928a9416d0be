import { textTable } from './table';

describe('the table in the terminal', () => {
  it('lines columns up by letters, not bytes', () => {
    const rows = [
      { city: 'Brasília', size: 5, tags: ['a', 'b'] },
      { city: 'Rome', size: null },
    ];
    expect(textTable(rows, ['city', 'size', 'tags']).split('\n')).toEqual([
      'city      size  tags',
      '────────  ────  ────',
      'Brasília  5     a, b',
      'Rome      –     –',
    ]);
  });

  it('cuts what would wrap, and lets no control sequence of an answer reach the terminal', () => {
    const [, , first] = textTable([{ a: `\u001b[31m${'x'.repeat(50)}\n` }], ['a']).split('\n');
    expect([...first!]).toHaveLength(34);
    expect(first).toMatch(/^ \[31mx+…$/);
  });
});
