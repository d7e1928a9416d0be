import { Reporter } from './report';

const reporter = () => {
  const lines: string[] = [];
  return { lines, reporter: new Reporter((line) => void lines.push(line), undefined) };
};

it('what is left out counts as neither passed nor failed, and is told', () => {
  const { lines, reporter: told } = reporter();
  told.leaveOut('disk full', 'only root may');
  expect([told.passed, told.failed]).toEqual([0, 0]);
  expect(lines).toEqual(['left out disk full: only root may']);
});

it('a check passes without a fault and fails with one', () => {
  const { lines, reporter: told } = reporter();
  told.check('quiet', undefined);
  told.check('loud', 'it was loud');
  expect([told.passed, told.failed]).toEqual([1, 1]);
  expect(lines).toEqual(['FAILED loud: it was loud']);
});
