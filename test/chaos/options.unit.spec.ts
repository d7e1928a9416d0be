import { parseOptions, scenarioNames, services, shortScenarios } from './options';
import { Random } from './random';

describe('the options', () => {
  it('are ten kills of each service and all scenarios, unless said otherwise', () => {
    expect(parseOptions(['--seed', 's'])).toMatchObject({ seed: 's', rounds: 10, groups: 1_000, short: false });
    expect(parseOptions([])).toMatchObject({
      services: ['api-gateway', 'stream-ingestor', 'projector', 'results-gateway', 'notifier'],
      scenarios: scenarioNames,
    });
  });

  it('of the short form are one kill of each service, and one round of what else is in it', () => {
    expect(parseOptions(['--short'])).toMatchObject({ rounds: 1, scenarios: shortScenarios, services });
    expect(shortScenarios).toEqual(expect.arrayContaining(['kill', 'frozen-holder', 'nats-outage', 'postgres-outage']));
  });

  it.each([
    [['--rounds', '0'], /--rounds takes a whole number/],
    [['--services', 'projector,nobody'], /"nobody" is none of api-gateway/],
    [['--scenarios', 'flood'], /"flood" is none of kill/],
    [['--what'], /--what/],
  ])('%j are refused', (args, says) => expect(() => parseOptions(args)).toThrow(says));
});

describe('a seed', () => {
  const draw = (random: Random) => Array.from({ length: 5 }, () => random.next());

  it('draws the same again, whatever was drawn from other forks', () => {
    const one = new Random('s');
    draw(one.fork('other'));
    draw(one);
    expect(draw(one.fork('kill'))).toEqual(draw(new Random('s').fork('kill')));
    expect(draw(new Random('s').fork('kill'))).not.toEqual(draw(new Random('t').fork('kill')));
  });

  it('draws evenly', () => {
    const random = new Random('even');
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) tenths[Math.floor(random.between(0, 10))]!++;
    expect(Math.min(...tenths)).toBeGreaterThan(850);
    expect(Math.max(...tenths)).toBeLessThan(1_150);
  });

  it('draws evenly over the seeds of rounds, too', () => {
    const kills = Array.from({ length: 2_000 }, (_, n) => new Random('run').fork(`projector ${n}`).fork('kill').next());
    for (let tenth = 0; tenth < 10; tenth++)
      expect(kills.filter((kill) => Math.floor(kill * 10) === tenth).length).toBeGreaterThan(140);
  });
});
