import { readFileSync } from 'node:fs';

/** Looked at so often: npm itself needs longer to start anew. */
const PARENT_CHECK_MS = 250;

/**
 * Aborts once this process is asked to end: Ctrl-C, SIGTERM, a closed terminal, or npm above it killed (it cannot hand that
 * on). A second time it ends at once; what it has started ends with it.
 */
export function onStopRequest(say: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  const request = (why: string): void => {
    if (controller.signal.aborted) process.exit(1);
    say(`\n${why}: stopping. Once more ends it at once.`);
    controller.abort(new Error('It was stopped while it started.'));
  };
  process.on('SIGINT', () => request('Ctrl-C'));
  process.on('SIGTERM', () => request('SIGTERM'));
  process.on('SIGHUP', () => request('The terminal was closed'));
  if (process.env['npm_lifecycle_event'] !== undefined) watchParent(controller, request);
  return controller.signal;
}

function watchParent(controller: AbortController, request: (why: string) => void): void {
  const parents = readParents();
  const timer = setInterval(() => {
    if (readParents() === parents) return;
    clearInterval(timer);
    if (!controller.signal.aborted) request('npm has ended');
  }, PARENT_CHECK_MS);
  timer.unref();
}

/** The parent's id and, where the system tells, that one's parent's: between npm and a script there is a shell. */
function readParents(): string {
  const parent = process.ppid;
  try {
    const stat = readFileSync(`/proc/${parent}/stat`, 'utf8');
    // `pid (name) state ppid …`, and a name may have anything in it.
    const [, grandparent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${parent} ${grandparent}`;
  } catch {
    return String(parent);
  }
}
