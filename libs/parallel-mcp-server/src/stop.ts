/** Stops once, by a signal or by calling what this gives; a second signal ends the process at once. */
export function whenTold(close: () => Promise<void>): () => void {
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => (isStopping ? process.exit(1) : stop()));
  return stop;
}
