/** What a processor costs and how long it takes; parallel.ai's pricing and processors pages as of November 2026. */
export interface Processor {
  readonly name: string;
  /** US dollars for one run. */
  readonly usdPerRun: number;
  /** Typical seconds of one run, from the fast end to the slow end. */
  readonly latencySeconds: readonly [number, number];
  /** Output fields beyond which the upstream warns. */
  readonly maxFields: number;
}

const standard: readonly Processor[] = [
  { name: 'lite', usdPerRun: 0.005, latencySeconds: [10, 120], maxFields: 2 },
  { name: 'base', usdPerRun: 0.01, latencySeconds: [15, 180], maxFields: 5 },
  { name: 'core', usdPerRun: 0.025, latencySeconds: [60, 300], maxFields: 10 },
  { name: 'core2x', usdPerRun: 0.05, latencySeconds: [60, 600], maxFields: 10 },
  { name: 'pro', usdPerRun: 0.1, latencySeconds: [120, 600], maxFields: 20 },
  { name: 'ultra', usdPerRun: 0.3, latencySeconds: [180, 1_500], maxFields: 20 },
  { name: 'ultra2x', usdPerRun: 0.6, latencySeconds: [300, 3_000], maxFields: 25 },
  { name: 'ultra4x', usdPerRun: 1.2, latencySeconds: [300, 5_400], maxFields: 25 },
  { name: 'ultra8x', usdPerRun: 2.4, latencySeconds: [300, 7_200], maxFields: 25 },
];

/** The `-fast` twins cost the same; the newest upstream page no longer names them, so they are kept as known but not offered first. */
const fast: readonly Processor[] = standard.map((processor) => ({
  ...processor,
  name: `${processor.name}-fast`,
  latencySeconds: [processor.latencySeconds[0] / 3, processor.latencySeconds[1] / 2] as const,
}));

export const processors: readonly Processor[] = [...standard, ...fast];

/** Undefined for a name we do not know: the upstream decides about it, and no price can be told. */
export const findProcessor = (name: string): Processor | undefined =>
  processors.find((processor) => processor.name === name);
