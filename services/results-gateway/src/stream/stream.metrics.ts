import type { Metrics } from '@multitask/platform';

export class StreamMetrics {
  readonly readers;
  readonly tails;
  readonly frames;
  readonly departures;
  readonly firstByte;

  constructor(metrics: Metrics) {
    this.readers = metrics.gauge('stream_readers', 'Event streams open now');
    this.tails = metrics.gauge('stream_tails', 'Groups followed in the log now, each once for all its readers');
    this.frames = metrics.counter('stream_frames_total', 'Live frames given to readers; snapshots are not counted');
    this.departures = metrics.counter('stream_departures_total', 'Event streams that ended, by why', ['reason']);
    this.firstByte = metrics.histogram(
      'stream_first_byte_seconds',
      'Seconds from a stream’s request to its first byte',
    );
  }
}
