/** What a process needs of memory at the most: of all of it, and of its parts at that moment. */
import { readFileSync, writeFileSync } from 'node:fs';

export interface MemoryPeak {
  /** In RAM. On Linux by the kernel's own mark of the highest, else the highest that was seen. */
  readonly residentBytes: number;
  /** The parts when it was highest as seen from inside: V8's heap, what it holds outside of it, and the buffers among that. */
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly arrayBufferBytes: number;
}

export interface MemoryWatch {
  /** Since the last call; from now on anew. */
  takePeak(): MemoryPeak;
}

const EVERY_MS = 5;

export function watchMemory(): MemoryWatch {
  let peak = process.memoryUsage();
  setInterval(() => {
    const now = process.memoryUsage();
    if (now.rss > peak.rss) peak = now;
  }, EVERY_MS).unref();
  return {
    takePeak() {
      const { rss, heapTotal, external, arrayBuffers } = peak;
      const residentBytes = Math.max(rss, highWaterMark() ?? 0);
      peak = process.memoryUsage();
      resetHighWaterMark();
      return { residentBytes, heapBytes: heapTotal, externalBytes: external, arrayBufferBytes: arrayBuffers };
    },
  };
}

/** The kernel sees what lies between two looks, and while the process is too busy to look. null: not on this system. */
function highWaterMark(): number | null {
  try {
    const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}

/** proc(5): 5 in clear_refs sets the mark to what is resident now. */
function resetHighWaterMark(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Not on this system: the mark, where there is one, is that of all rounds so far.
  }
}
