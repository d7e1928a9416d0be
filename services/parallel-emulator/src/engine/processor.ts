/** What one processor costs, how long it takes in reality (seconds), and how many fields it fills well. */
export interface Processor {
  readonly usdPerThousand: number;
  readonly minSeconds: number;
  readonly maxSeconds: number;
  readonly medianSeconds: number;
  readonly p90Seconds: number;
  readonly maxFields: number;
  /** `pro` and above: progress events by default, structured automatic answers. */
  readonly premium: boolean;
}

const minutes = (value: number) => value * 60;

// prettier-ignore
const standard: Record<string, readonly [usd: number, min: number, max: number, p50: number, p90: number, fields: number]> = {
  lite:    [5,     10,         minutes(2),   45,           minutes(1.5),  2],
  base:    [10,    15,         minutes(3),   50,           minutes(2),    5],
  core:    [25,    60,         minutes(5),   minutes(1.5), minutes(3),    10],
  core2x:  [50,    60,         minutes(10),  minutes(3.5), minutes(6.5),  10],
  pro:     [100,   minutes(2), minutes(10),  minutes(3.5), minutes(7.5),  20],
  ultra:   [300,   minutes(3), minutes(25),  minutes(4),   minutes(10),   20],
  ultra2x: [600,   minutes(5), minutes(50),  minutes(6),   minutes(9.5),  25],
  ultra4x: [1_200, minutes(5), minutes(90),  minutes(8),   minutes(10.5), 25],
  ultra8x: [2_400, minutes(5), minutes(120), minutes(6.5), minutes(11),   25],
};

const fastSeconds: Record<string, readonly [min: number, max: number]> = {
  lite: [10, 20],
  base: [15, 50],
  core: [15, 100],
  core2x: [15, minutes(3)],
  pro: [30, minutes(5)],
  ultra: [60, minutes(10)],
  ultra2x: [60, minutes(20)],
  ultra4x: [60, minutes(40)],
  ultra8x: [60, minutes(60)],
};

/** The nine processors and their `-fast` twins; any other name is refused with 403. */
export const processors: ReadonlyMap<string, Processor> = new Map(
  Object.entries(standard).flatMap(
    ([name, [usdPerThousand, minSeconds, maxSeconds, medianSeconds, p90Seconds, maxFields]]) => {
      const common = { usdPerThousand, maxFields, premium: /^(pro|ultra)/.test(name) };
      const [fastMin, fastMax] = fastSeconds[name]!;
      // Only a range is published for the twins: its geometric middle serves as the median.
      const fastMedian = Math.sqrt(fastMin * fastMax);
      const fast = {
        minSeconds: fastMin,
        maxSeconds: fastMax,
        medianSeconds: fastMedian,
        p90Seconds: (fastMedian + fastMax) / 2,
      };
      return [
        [name, { ...common, minSeconds, maxSeconds, medianSeconds, p90Seconds }],
        [`${name}-fast`, { ...common, ...fast }],
      ] as [string, Processor][];
    },
  ),
);
