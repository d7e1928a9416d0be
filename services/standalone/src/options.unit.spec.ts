import fc from 'fast-check';
import { helpText, OptionError, parseOptions } from './options';

describe('options of npm start', () => {
  it('have defaults for a first start', () => {
    expect(parseOptions([], {})).toEqual({
      help: false,
      host: '127.0.0.1',
      port: 8080,
      dataDir: '.multitask',
      reset: false,
      upstream: 'emulator',
      example: true,
      exit: false,
      processes: false,
      replicas: new Map(),
      emulatorPort: 0,
      emulatorSpeed: 60,
      allowPrivateUrls: false,
    });
  });

  it('are read from the command line', () => {
    const args =
      '--port 0 --no-example --exit --processes --emulator-speed 0.5 --allow-private-urls --data-dir=/d --reset'.split(
        ' ',
      );
    expect(parseOptions(args, {})).toMatchObject({
      port: 0,
      example: false,
      exit: true,
      processes: true,
      emulatorSpeed: 0.5,
      allowPrivateUrls: true,
      dataDir: '/d',
      reset: true,
    });
  });

  it('have twins in the environment, which the command line overrides', () => {
    const env = { MULTITASK_PORT: '9000', MULTITASK_DATA_DIR: '/e', MULTITASK_NO_EXAMPLE: '1', MULTITASK_EXIT: '0' };
    expect(parseOptions(['--port', '9001'], env)).toMatchObject({
      port: 9001,
      dataDir: '/e',
      example: false,
      exit: false,
    });
  });

  it.each([
    [{}, [], 'emulator'],
    [{ PARALLEL_API_KEY: 'k' }, [], 'parallel'],
    [{ PARALLEL_BASE_URL: 'http://127.0.0.1:9/' }, [], 'http://127.0.0.1:9'],
    [{ PARALLEL_API_KEY: 'k' }, ['--upstream', 'emulator'], 'emulator'],
    [
      { MULTITASK_UPSTREAM: 'https://one.example', PARALLEL_BASE_URL: 'https://two.example' },
      [],
      'https://one.example',
    ],
  ])('upstream with %j and %j is %s', (env, args, upstream) => {
    expect(parseOptions(args, env).upstream).toBe(upstream);
  });

  it('takes replicas of several services, and starts processes for them', () => {
    const options = parseOptions(['--replicas', 'projector=2', '--replicas', 'results-gateway=3'], {});
    expect([...options.replicas]).toEqual([
      ['projector', 2],
      ['results-gateway', 3],
    ]);
    expect(options.processes).toBe(true);
  });

  it('takes one number for every service, the emulator aside, and another one for some', () => {
    expect(Object.fromEntries(parseOptions(['--replicas', '2', '--replicas', 'projector=3'], {}).replicas)).toEqual({
      'api-gateway': 2,
      'stream-ingestor': 2,
      projector: 3,
      'results-gateway': 2,
      orchestrator: 2,
      notifier: 2,
    });
  });

  it.each([
    [['--port', 'http'], '--port takes a whole number from 0 to 65535, not "http".'],
    [['--port', ''], '--port takes'],
    [['--emulator-speed', '0'], '--emulator-speed takes a number above 0'],
    [['--upstream', 'ftp://x'], '--upstream takes emulator, parallel or an http(s) URL'],
    [['--replicas', 'projector'], '--replicas takes <1 to 20> or <service>=<1 to 20>'],
    [['--replicas', 'projector=0'], '--replicas takes'],
    [['--prot', '1'], "Unknown option '--prot'"],
    [['stray'], 'stray'],
  ])('refuses %j and says what it takes', (args, message) => {
    expect(() => parseOptions(args, {})).toThrow(OptionError);
    expect(() => parseOptions(args, {})).toThrow(message);
  });

  it('never fails on any command line in another way than by saying so', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('--port', '--replicas', '--exit', '--exit=1', '--', '-p'))),
        (args) => {
          try {
            parseOptions(args, {});
          } catch (error) {
            expect(error).toBeInstanceOf(OptionError);
          }
        },
      ),
    );
  });

  it('lists every option in its help', () => {
    for (const name of [
      'host',
      'port',
      'data-dir',
      'reset',
      'upstream',
      'no-example',
      'exit',
      'processes',
      'replicas',
      'emulator-port',
      'emulator-speed',
      'allow-private-urls',
    ])
      expect(helpText()).toContain(`--${name}`);
  });
});
