// Loaded into every process that is measured, before its own code: ends with whoever started it, and tells what it holds when asked
// over the channel; after a full collection where one is asked for and --expose-gc allows it.
const { Socket } = require('node:net');

process.on('message', ({ id, collect }) => {
  if (collect) {
    globalThis.gc?.();
    globalThis.gc?.();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  // Nothing public lists the open sockets.
  const sockets = process._getActiveHandles().filter((handle) => handle instanceof Socket);
  const queued = sockets.map((socket) => socket.writableLength).filter((bytes) => bytes > 0);
  process.send({ id, value: { rss, heapUsed, external, queued } });
});
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
