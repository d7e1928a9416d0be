import type { GroupSession } from './group.session';

type Waiting = Pick<GroupSession, 'pulse'> & {
  readonly state: { readonly header: { readonly credentialId: string } | undefined };
};

/**
 * Leaves the upstream alone for so many milliseconds, whatever else happens to the group; ends early when the signal aborts, or
 * when the owner presents another key, which what was said to the last one does not concern. Never rejects.
 */
export async function pause({ state, pulse }: Waiting, ms: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + ms;
  const key = state.header?.credentialId;
  for (;;) {
    const left = until - performance.now();
    if (left <= 0 || signal.aborted || state.header?.credentialId !== key) return;
    await pulse.wait(signal, left);
  }
}
