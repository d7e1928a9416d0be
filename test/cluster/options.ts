import { parseArgs } from 'node:util';

export const stepNames = ['install', 'lifecycle', 'network', 'faults', 'power', 'compose'] as const;
export type StepName = (typeof stepNames)[number];

export interface ClusterOptions {
  readonly steps: readonly StepName[];
  /** Kinds of pods that `faults` deletes; all unless said. */
  readonly parts: readonly string[] | undefined;
  readonly image: string;
  readonly build: boolean;
  readonly report: string | undefined;
  /** Leaves the cluster and the release as they are at the end, to look at them. */
  readonly keep: boolean;
}

export const helpText = `The chart on a real Kubernetes (docs/deployment.md): CLUSTER_TOOLS=<folder> npm run test:cluster -- [options]

  CLUSTER_TOOLS names a folder with the commands up, in, node and down of a throw-away cluster. Needs root and Docker.

  --short              install, one group through the front door, helm test, uninstall; under 5 min
  --steps <a,b>        ${stepNames.join(',')}
  --parts <a,b>        which pods the step faults deletes, such as projector,nats,postgres (every kind)
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
