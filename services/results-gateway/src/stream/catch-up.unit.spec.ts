import type { RecordedEvent } from '@multitask/contracts';
import { InMemoryEventLog } from '@multitask/event-log';
import { GroupStory, storyGroupId } from '@multitask/testing';
import { catchUp } from './catch-up';

const rows = 500;

it('a reader that was away does not hold up those who are here', async () => {
  const log = new InMemoryEventLog();
  const numbers = Array.from({ length: rows }, (_, row) => row);
  const story = new GroupStory().created(numbers.map((row) => `input ${row}`)).bought(numbers);
  for (const row of numbers) story.completedRow(row, { text: 'x'.repeat(1_000) });
  const events = story.events.map(({ name, data }) => ({ name, data }) as RecordedEvent);
  // All but the reports about runs have writers of their own.
  const reports = events.findIndex(({ name }) => name === 'RunUpdated');
  for (const event of events.slice(0, reports)) await log.append(storyGroupId, [event], 'any');
  for (let from = reports; from < events.length; from += 200)
    await log.append(storyGroupId, events.slice(from, from + 200), 'any');

  let turns = 0;
  let done = false;
  const others = () => {
    turns++;
    if (!done) setImmediate(others);
  };
  setImmediate(others);
  let told = 0;
  for await (const { entries } of catchUp(log, storyGroupId, 'first', 0)) told += entries.length;
  done = true;

  expect(told).toBeGreaterThanOrEqual(rows);
  expect(turns).toBeGreaterThan(2);
});
