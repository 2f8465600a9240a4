/**
 * Preload (`node --import …/dieWithParent.ts`) of every process the local stack starts with an IPC channel: the channel
 * closes when the parent ends in whatever way, a SIGKILL included, and then this process ends too instead of
 * holding its port and its state for ever.
 */
if (process.connected) {
  process.once('disconnect', () => process.exit(0));
}
