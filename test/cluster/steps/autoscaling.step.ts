import type { ClusterHouse } from '../house';
import { installForLedger, orderOf, quickWaits, removeRelease, runLedger } from '../ledger.rig';

const part = 'results-gateway';
const scaling = `services.${part}.autoscaling`;
/** A crowd takes more than 70 % of it, the readers of the ledger alone less than half of that. */
const requestedCpu = '300m';

/** The results gateway grows with its readers and shrinks when they go, and those who stay miss nothing. */
export async function autoscalingStep(house: ClusterHouse): Promise<void> {
  const { report } = house;
  await report.step('release whose results gateway scales by itself', () =>
    installForLedger(
      house,
      quickWaits,
      `${scaling}.enabled=true,${scaling}.minReplicas=1,${scaling}.maxReplicas=2,${scaling}.scaleDownSeconds=15`,
      `services.${part}.resources.requests.cpu=${requestedCpu}`,
      'nats.replicas=1',
      // Rows end one after the other over minutes, so that there is always something to tell.
      'emulator.env.EMULATOR_GROUP_CONCURRENCY=4',
    ),
  );
  await report.check('I1–I7 over a scaling up and down under readers', async () =>
    runLedger(
      house,
      await orderOf(
        house,
        [
          {
            name: 'autoscaling',
            service: part,
            groups: [0, 1_000].map((afterMs) => ({ afterMs, rows: 150, readers: 10, pollMs: 2_000, repeated: false })),
            acts: [{ kind: 'scale', part, most: 2, fewest: 1, afterMs: 2_000 }],
          },
        ],
        {
          deadlineMs: 900_000,
          // One row ends only when the clock is moved: the group lasts as long as the scaling does.
          emulatorFaults: [{ kind: 'stall_runs', seconds: 86_400, times: 1 }],
        },
      ),
    ),
  );
  await removeRelease(house);
}
