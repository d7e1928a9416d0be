import { event, limits, reportsIn, type GroupEvent } from '@multitask/contracts';
import fc from 'fast-check';
import { initialGroup } from './ingest-group';
import { evolve } from './ingest-group.evolver';
import { added, created, given, groupId, recorded, requested, text, updated } from './ingest.scenario';
import { packReports } from './report.packing';

const large = (key: string, length: number): GroupEvent =>
  event('RunUpdated', { key, run: { run_id: key, status: 'completed' }, output: text('x'.repeat(length)) });
const told = (events: readonly GroupEvent[]) => events.flatMap(reportsIn);
const namesOf = (events: readonly GroupEvent[]) => events.map(({ name }) => name);

describe('reports that come in one go', () => {
  it('take one message', () => {
    const reports = [...updated('0.1', 'running'), ...updated('1.1', 'completed'), ...updated('2.1', 'failed')];
    const packed = packReports(reports);
    expect(namesOf(packed)).toEqual(['RunsUpdated']);
    expect(told(packed)).toEqual(told(reports));
  });

  it('stay behind the purchase that they are about', () => {
    const facts = [...added(1, '0.1', '1.1'), ...updated('0.1', 'running'), ...updated('1.1', 'running')];
    expect(namesOf(packReports(facts))).toEqual(['RunsAdded', 'RunsUpdated']);
  });

  it('take another message where a row moves for the second time, so that every state is told', () => {
    const facts = [...updated('0.1', 'running'), ...updated('1.1', 'running'), ...updated('0.1', 'completed')];
    expect(namesOf(packReports(facts))).toEqual(['RunsUpdated', 'RunUpdated']);
  });

  it('take no message that would have to travel in parts, unless one alone has to', () => {
    const third = Math.floor(limits.eventPartBytes / 3);
    const packed = packReports([
      ...['0.1', '1.1', '2.1', '3.1'].map((key) => large(key, third)),
      large('4.1', 4 * third),
    ]);
    expect(packed.map((fact) => reportsIn(fact).length)).toEqual([2, 2, 1]);
    for (const fact of packed.slice(0, 2)) expect(JSON.stringify(fact.data).length).toBeLessThan(limits.eventPartBytes);
  });

  it('say the same to the ingestor as each alone', () => {
    const keys = ['0.1', '1.1', '2.1'];
    const fact = fc
      .tuple(fc.constantFrom(...keys), fc.constantFrom('running', 'completed', 'failed', 'cancelling'))
      .map(([key, status]) => updated(key, status as 'running'));
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 12 }), (facts) => {
        const before = [...created(3), ...requested(1, ...keys), ...added(1, ...keys)];
        const packed = recorded([...before, ...packReports(facts.flat())]).reduce(evolve, initialGroup(groupId));
        const alone = given(before, facts.flat());
        expect({ counts: packed.counts, rows: packed.rows }).toEqual({ counts: alone.counts, rows: alone.rows });
      }),
    );
  });
});
