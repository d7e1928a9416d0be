import { parseArgs } from 'node:util';

export const stepNames = ['install', 'lifecycle', 'network', 'faults', 'power', 'autoscaling', 'compose'] as const;
export type StepName = (typeof stepNames)[number];

export interface ClusterOptions {
  readonly steps: readonly StepName[];
  /** What `faults` does, by kinds of pods and names of rounds; all unless said. */
  readonly parts: readonly string[] | undefined;
  /** Only what every check runs. */
  readonly short: boolean;
  readonly image: string;
  readonly build: boolean;
  readonly report: string | undefined;
  /** Leaves the cluster and the release as they are at the end, to look at them. */
  readonly keep: boolean;
}

export const helpText = `The chart on a real Kubernetes (docs/deployment.md): CLUSTER_TOOLS=<folder> npm run test:cluster -- [options]

  CLUSTER_TOOLS names a folder with the commands up, in, node and down of a throw-away cluster. Needs root and Docker.

  --short              install, one group through the front door, helm test, uninstall; about 3 min, and no time is judged
  --steps <a,b>        ${stepNames.join(',')}
  --parts <a,b>        what the step faults does: pods deleted, such as projector,nats,postgres, or undisturbed,upgrade,rollback,drain (all)
  --image <name:tag>   the image to build and to run (multitask:0.1.0)
  --no-build           take the image as it is
  --report <file>      where the report goes as JSON
  --keep               leave everything running at the end`;

/** Throws an Error whose message is for the person who typed. */
export function parseOptions(args: readonly string[]): ClusterOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      short: { type: 'boolean', default: false },
      steps: { type: 'string' },
      parts: { type: 'string' },
      image: { type: 'string', default: 'multitask:0.1.0' },
      'no-build': { type: 'boolean', default: false },
      report: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    steps: values.short ? ['install'] : stepsOf(values.steps),
    parts: values.parts?.split(','),
    short: values.short,
    image: values.image,
    build: !values['no-build'],
    report: values.report,
    keep: values.keep,
  };
}

function stepsOf(text: string | undefined): readonly StepName[] {
  if (text === undefined) return stepNames;
  return text.split(',').map((item) => {
    const found = stepNames.find((name) => name === item.trim());
    if (found === undefined) throw new Error(`--steps: "${item}" is none of ${stepNames.join(', ')}`);
    return found;
  });
}
