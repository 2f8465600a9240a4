/**
 * The milliseconds that this thread has computed: not those in which a busy machine let it wait. For what must be quick
 * whatever it is given.
 */
export function timeOfThread(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
