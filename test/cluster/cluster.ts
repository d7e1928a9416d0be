import { buildImage, haveBaseImages, neighbours } from './images';
import { tellTroubles, type ClusterHouse } from './house';
import { Kubernetes } from './kubernetes';
import { helpText, parseOptions, type ClusterOptions, type StepName } from './options';
import { Report } from './report';
import { apiAccepts, testManifests } from './manifests';
import { autoscalingStep } from './steps/autoscaling.step';
import { composeStep } from './steps/compose.step';
import { faultsStep } from './steps/faults.step';
import { installStep } from './steps/install.step';
import { lifecycleStep } from './steps/lifecycle.step';
import { networkStep } from './steps/network.step';
import { powerStep } from './steps/power.step';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

interface Step {
  /** None for a step beside the cluster. */
  readonly nodes: number;
  readonly run: (house: ClusterHouse) => Promise<void>;
}

const steps: Readonly<Record<StepName, Step>> = {
  install: { nodes: 1, run: installStep },
  lifecycle: { nodes: 1, run: lifecycleStep },
  network: { nodes: 1, run: networkStep },
  faults: { nodes: 3, run: faultsStep },
  power: { nodes: 3, run: powerStep },
  autoscaling: { nodes: 1, run: autoscalingStep },
  compose: { nodes: 0, run: composeStep },
};

/** Runs what the arguments say; answers the exit code: 0 when everything holds. */
export async function testCluster(
  args: readonly string[],
  { root, node }: { root: string; node: string },
): Promise<number> {
  const options = parse(args);
  if (options === undefined) return 64;
  if (options === 'help') {
    print(helpText);
    return 0;
  }
  const tools = process.env.CLUSTER_TOOLS;
  if (!tools || process.getuid?.() !== 0) {
    process.stderr.write(
      `${tools ? 'It starts a cluster: it needs root.' : 'CLUSTER_TOOLS names no folder.'}\n\n${helpText}\n`,
    );
    return 64;
  }
  const report = new Report(print);
  const kubernetes = new Kubernetes(tools);
  const wasRunning = await kubernetes.isRunning();
  const leave = async () => {
    if (!wasRunning && !options.keep) await kubernetes.down();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void leave().finally(() => process.exit(130)));
  const { image, parts, short } = options;
  const house = { root, node, kubernetes, report, image, parts, short, namespace: 'multitask-test', release: 'demo' };
  try {
    await runSteps(options, house, tools);
  } catch {
    print(await tellTroubles(house).catch(() => ''));
  } finally {
    await leave();
  }
  if (options.report !== undefined) await report.write(options.report);
  print(report.failed === 0 ? 'everything holds' : `${report.failed} did not hold`);
  return report.failed === 0 ? 0 : 1;
}

async function runSteps(options: ClusterOptions, house: ClusterHouse, tools: string): Promise<void> {
  const { report, kubernetes, root, image } = house;
  await report.step('base images', () => haveBaseImages(tools));
  if (options.build) await report.step('image', () => buildImage(root, image));
  let checked = false;
  const manifests = async () => {
    if (checked) return;
    checked = true;
    await report.check('rendered manifests', () => testManifests(house));
    if (options.short) return;
    await report.check('kubectl apply --dry-run=server of all of them', () => apiAccepts(house));
  };
  for (const name of options.steps) {
    const step = steps[name];
    if (step.nodes === 0) {
      await step.run(house);
      continue;
    }
    await report.step(`cluster of ${step.nodes}`, () => kubernetes.up(step.nodes, [...neighbours, image]));
    await manifests();
    await step.run(house);
  }
}

function parse(args: readonly string[]) {
  try {
    return parseOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return undefined;
  }
}
