import { setTimeout as sleep } from 'node:timers/promises';
import { inHouse, type House } from '../house';
import type { FaultAccount, Ledger } from '../ledger';
import { runRound, type RoundProgress } from '../round';
import {
  consecutive,
  cursorOf,
  followedGroups,
  streamAttempts,
  waitsAfter,
  type StreamAttempt,
} from '../upstream.streams';
import { until } from '../waiting';
import type { Scene } from './scenario';

const groups = 20;
/** Every second run, drawn by chance, is held back by as many seconds of the emulator's clock, until that is moved on. */
const heldSeconds = 3_600;
const events = { match: { endpoint: 'group_events' } };

/** Seconds. In the short form a heartbeat comes each second instead of every 15, and silence is 4 s instead of 45. */
interface Lengths {
  readonly heartbeat: number;
  readonly idle: number;
  readonly quiet: number;
  readonly retryAfter: number;
}
const full: Lengths = { heartbeat: 15, idle: 45, quiet: 600, retryAfter: 20 };
const brief: Lengths = { heartbeat: 1, idle: 4, quiet: 10, retryAfter: 5 };

/** What the upstream does to the streams of 20 groups, and what must be seen of it from outside. */
interface Day {
  readonly name: string;
  /** From the beginning, until others take their place. */
  readonly faults: readonly object[];
  /** Once every group is followed. */
  readonly during: (upstream: Streams) => Promise<void>;
  readonly check: (attempts: readonly StreamAttempt[], ledger: Ledger) => readonly Finding[];
}

interface Finding {
  readonly name: string;
  readonly figure: string;
  readonly holds: boolean;
}

/** The upstream's side of the streams of one round. */
class Streams {
  readonly #house: House;
  readonly #since: number;
  readonly #held = { kind: 'stall_runs', seconds: heldSeconds, rate: 0.5 };

  constructor(house: House, since: number) {
    this.#house = house;
    this.#since = since;
  }

  async attempts(): Promise<StreamAttempt[]> {
    return streamAttempts(await this.#house.emulator.requests(this.#since));
  }

  /** From now on these, and no others; answers when. */
  async suffer(...faults: readonly object[]): Promise<number> {
    await this.#house.emulator.setFaults([this.#held, ...faults]);
    return Date.now();
  }

  /** Every group has been followed since `at`; a stream that was cut again meanwhile counts as well. */
  allFollowed(at = 0): Promise<unknown> {
    const followed = async () =>
      followedGroups((await this.attempts()).filter((attempt) => attempt.at >= at)).size === groups;
    return until('every group is followed', followed, { timeoutMs: 90_000, everyMs: 200 });
  }
}

/** An upstream's event streams: idle, half open, cut, refused, too large, repeated. */
export async function upstreamStreamsScenario(scene: Scene): Promise<void> {
  const { options, reporter } = scene;
  const lengths = options.short ? brief : full;
  const random = scene.random.fork('upstream-streams');
  const left = await inHouse(
    {
      root: scene.root,
      random,
      args: ['--emulator-speed', '60'],
      env: { INGEST_IDLE_SECONDS: String(lengths.idle) },
      emulatorFaults: [],
      failingWebhooks: 0,
    },
    async (house) => {
      for (const day of daysOf(lengths)) {
        const plan = {
          name: day.name,
          random: random.fork(day.name),
          groups: Array.from({ length: groups }, () => ({
            afterMs: 0,
            rows: 20,
            readers: 1,
            pollMs: 1_000,
            repeated: false,
          })),
          clients: 8,
          disturb: disturbance(day),
          deadlineMs: 150_000 + (lengths.quiet + 4 * lengths.idle + 4 * lengths.retryAfter) * 1_000,
        };
        const result = await runRound(house, plan);
        const attempts = streamAttempts(result.ledger.upstream.requests);
        const findings = [...day.check(attempts, result.ledger), pace(attempts), resumption(attempts)];
        const note = findings.map(({ name, figure }) => `${name} ${figure}`).join(', ');
        await reporter.round({
          scenario: 'upstream-streams',
          service: '-',
          name: day.name,
          hit: [],
          note: ' ',
          ...result,
        });
        reporter.say(note);
        for (const { name, figure, holds } of findings)
          reporter.check(`${day.name}: ${name}`, holds ? undefined : figure);
      }
    },
  );
  reporter.check('nothing was left running', left.length > 0 ? `still there: ${left.join(', ')}` : undefined);
}

const disturbance =
  (day: Day) =>
  async (house: House, { startedAt }: RoundProgress): Promise<FaultAccount[]> => {
    const streams = new Streams(house, startedAt);
    await streams.suffer(...day.faults);
    try {
      await streams.allFollowed();
      await day.during(streams);
    } finally {
      await house.emulator.setFaults([]);
      await house.emulator.advanceClock(heldSeconds);
    }
    return [];
  };

function daysOf({ heartbeat, idle, quiet, retryAfter }: Lengths): Day[] {
  const pings = { kind: 'framing', pings_every_seconds: heartbeat };
  const marks = { from: 0, until: 0, frozenAt: 0 };
  const inTime = Math.max(idle, 2 * heartbeat + 5);
  return [
    {
      name: 'idle with heartbeats',
      faults: [pings],
      during: async () => {
        marks.from = Date.now();
        await sleep(quiet * 1_000);
        marks.until = Date.now();
      },
      check: (attempts) => {
        const ended = attempts.filter(({ closedAt }) => isWithin(closedAt, marks)).length;
        return [{ name: `streams that ended in ${quiet} s of heartbeats`, figure: String(ended), holds: ended === 0 }];
      },
    },
    {
      name: 'half open',
      faults: [pings],
      during: async (upstream) => {
        marks.frozenAt = await upstream.suffer({ kind: 'stall_stream', times: groups, ...events });
        await upstream.allFollowed(marks.frozenAt);
      },
      check: (attempts) => {
        const { frozenAt } = marks;
        const frozen = attempts.filter(({ at, closedAt }) => at < frozenAt && (closedAt ?? Infinity) >= frozenAt);
        const found = frozen.map(({ closedAt }) => ((closedAt ?? Infinity) - frozenAt) / 1_000);
        const slowest = Math.max(...found);
        return [
          { name: 'half-open streams', figure: String(frozen.length), holds: frozen.length === groups },
          {
            name: `all found after (at most ${inTime} s)`,
            figure: `${slowest.toFixed(1)} s`,
            holds: slowest <= inTime + 1,
          },
        ];
      },
    },
    {
      name: 'cut and timed out',
      faults: [
        { kind: 'cut_stream', how: 'mid_frame', after_frames: 3, times: 10, ...events },
        { kind: 'cut_stream', how: 'mid_character', after_frames: 4, times: 10, ...events },
        { kind: 'cut_stream', how: 'mid_frame_reset', after_frames: 4, times: 5, ...events },
      ],
      during: async (upstream) => {
        const reset = await upstream.suffer({ kind: 'cut_stream', how: 'reset', times: groups, ...events });
        await upstream.allFollowed(reset);
        // What a server does whose time for one connection is over.
        const timedOut = await upstream.suffer({ kind: 'cut_stream', how: 'clean', times: groups, ...events });
        await upstream.allFollowed(timedOut);
      },
      check: (attempts) => {
        const cuts = attempts.length - groups;
        return [{ name: 'streams opened again', figure: String(cuts), holds: cuts >= 2 * groups }];
      },
    },
    {
      name: 'refused',
      faults: [],
      during: async (upstream) => {
        const at = await upstream.suffer(
          { kind: 'cut_stream', times: groups, ...events },
          { kind: 'respond', status: 429, retry_after: retryAfter, times: groups, ...events },
          { kind: 'respond', status: 503, retry_after: retryAfter, times: groups, ...events },
          { kind: 'respond', status: 502, body: 'html', times: groups, ...events },
        );
        await upstream.allFollowed(at);
      },
      check: (attempts) => [
        heeded(attempts, 429, retryAfter),
        heeded(attempts, 503, retryAfter),
        {
          name: '502',
          figure: `${waitsAfter(attempts, 502).length} times`,
          holds: waitsAfter(attempts, 502).length > 0,
        },
      ],
    },
    {
      name: 'large and repeated',
      faults: [
        { kind: 'large_output', bytes: 1_500_000, rate: 0.05 },
        { kind: 'repeat_frames', copies: 3, ...events },
      ],
      during: async () => {},
      check: (_, { upstream }) => {
        const large = upstream.runs.filter(({ output }) => JSON.stringify(output).length > 1_048_576).length;
        return [{ name: 'results above 1 MiB', figure: String(large), holds: large > 0 }];
      },
    },
  ];
}

const isWithin = (at: number | null, { from, until: to }: { from: number; until: number }): boolean =>
  at !== null && at >= from && at <= to;

/** Asked to wait for so long, it waits that long, give or take a tenth. */
function heeded(attempts: readonly StreamAttempt[], status: number, seconds: number): Finding {
  const waits = waitsAfter(attempts, status).map((ms) => ms / 1_000);
  const [least, most] = [Math.min(...waits), Math.max(...waits)];
  return {
    name: `Retry-After ${seconds} s of a ${status}, ${waits.length} times`,
    figure: `${least.toFixed(1)}–${most.toFixed(1)} s`,
    holds: waits.length > 0 && least >= seconds * 0.9 && most <= seconds * 1.1,
  };
}

/** No group is tried more than once a second. */
function pace(attempts: readonly StreamAttempt[]): Finding {
  const least = Math.min(...consecutive(attempts).map(([before, next]) => next.at - before.at));
  // The ledger notes when a request was begun with, which a busy machine delays by some milliseconds.
  return {
    name: 'least time between two tries',
    figure: least === Infinity ? 'none' : `${(least / 1_000).toFixed(2)} s`,
    holds: least >= 950,
  };
}

/** Whoever was given something goes on from there, and never from further back than before. */
function resumption(attempts: readonly StreamAttempt[]): Finding {
  const back = consecutive(attempts).filter(
    ([before, next]) => before.status === 200 && (cursorOf(next) ?? '') < (cursorOf(before) ?? ''),
  );
  const anew = consecutive(attempts).filter(([before, next]) => (before.frames ?? 0) > 1 && cursorOf(next) === null);
  const figure = `${back.length} further back, ${anew.length} from the start`;
  return { name: 'resumed', figure, holds: back.length + anew.length === 0 };
}
