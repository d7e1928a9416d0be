// Plain Node ≥ 20, nothing from node_modules.

/**
 * Calls `stop` with the signal when somebody asks this process to end, and when npm is gone that started it:
 * npm passes a signal on to the shell it runs scripts in, the shell dies of it, and nobody tells the script.
 */
export function onEnd(stop) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return;
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    stop('SIGTERM');
  }, 200).unref();
}
