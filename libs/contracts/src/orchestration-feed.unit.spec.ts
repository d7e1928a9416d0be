import { anyText } from '@multitask/testing';
import fc from 'fast-check';
import { eventSubject, feedSubjects, runFeedFilter } from './orchestration-feed';
import { streamSubjects } from './subjects';

describe('the subject of an event', () => {
  it('names the run and what happened', () => {
    expect(eventSubject('run_1', 'task.enqueued')).toBe('multitask.orchestration.run.run_1.task.enqueued');
    expect(runFeedFilter('run_1')).toBe('multitask.orchestration.run.run_1.>');
  });

  it('never lets an id mean anything but itself', () => {
    fc.assert(
      fc.property(anyText(), anyText(), (one, other) => {
        const subject = eventSubject(one, 'run.created');
        const tokens = subject.split('.');
        expect(tokens).toHaveLength(6);
        expect(subject).not.toMatch(/[\s*>]/);
        if (one.toWellFormed() !== other.toWellFormed()) expect(eventSubject(other, 'run.created')).not.toBe(subject);
      }),
    );
  });

  it('is none of the log’s, whose subjects have four parts', () => {
    expect(streamSubjects.split('.')).toHaveLength(4);
    expect(streamSubjects).not.toContain('>');
    expect(feedSubjects.split('.').length).toBeGreaterThan(4);
  });
});
