import type { GroupStatus } from '@multitask/client';
import fc from 'fast-check';
import { PassThrough } from 'node:stream';
import { dollars } from '../commands/price';
import { printable } from './printable';
import { Progress } from './progress';
import { duration, progressLine } from './progress.line';
import { Terminal } from './terminal';

const status = (completed: number, failed = 0, blocked: string | null = null): GroupStatus => ({
  num_task_runs: 20,
  task_run_status_counts: { completed, failed, queued: 20 - completed - failed },
  is_active: true,
  status_message: '',
  modified_at: '',
  blocked: blocked === null ? null : { reason: 'credit', message: blocked, next_try_at: '' },
});

function given(isTTY: boolean) {
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  const terminal = new Terminal({ stdin: new PassThrough(), stdout: new PassThrough(), stderr, env: {} });
  let now = 0;
  const progress = new Progress(terminal, () => now);
  return {
    terminal,
    progress,
    pass: (ms: number) => void (now += ms),
    shown: () => (stderr.read() as Buffer | null)?.toString() ?? '',
  };
}

describe('the progress of a group', () => {
  it('on a terminal is one line that is drawn over, with rate and time left', () => {
    const { progress, pass, shown } = given(true);
    progress.show(status(0));
    pass(5_000);
    progress.show(status(8, 2));
    progress.end();
    expect(shown().split('\r\u001b[K')).toEqual([
      `[${'─'.repeat(24)}] 0/20  0 %`,
      `[${'█'.repeat(12)}${'─'.repeat(12)}] 10/20  50 %  2.0/s  5 s left  2 without result`,
      '',
    ]);
  });

  it('stays below what is said meanwhile', () => {
    const { terminal, progress, shown } = given(true);
    progress.show(status(20));
    shown();
    terminal.say('a remark');
    expect(shown()).toBe(`\r\u001b[Ka remark\n[${'█'.repeat(24)}] 20/20  100 %`);
    progress.end();
  });

  it('elsewhere says only what has to be known, once, and moves nothing', () => {
    const { progress, shown } = given(false);
    progress.show(status(0));
    progress.show(status(1, 0, 'No credit.\u001b[2J'));
    progress.show(status(2, 0, 'No credit.\u001b[2J'));
    progress.end();
    expect(shown()).toBe('Waiting: No credit. [2J\n');
  });

  it('never wraps: a line that does cannot be drawn over', () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.nat(1e6),
        fc.string(),
        fc.integer({ min: 10, max: 200 }),
        (completed, more, remark, columns) => {
          const counts = { total: completed + more, completed, without: 0, rate: completed / 7, remark };
          expect(progressLine(counts, columns).length).toBeLessThan(columns);
        },
      ),
    );
  });

  it.each([
    [0.2, '1 s'],
    [89, '89 s'],
    [600, '10 min'],
    [7_200, '2 h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [0.005, '$0.005'],
    [0.06, '$0.06'],
    [12, '$12.00'],
    [0.1 + 0.2, '$0.30'],
  ])('%d dollars are %s', (amount, text) => {
    expect(dollars(amount)).toBe(text);
  });

  it('shows no character that moves the cursor or turns text around', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // oxlint-disable-next-line no-control-regex
        expect(printable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
      }),
    );
  });
});
