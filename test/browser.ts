import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const USUAL_PLACE = '/usr/bin/chromium';
/** Seconds; on a machine that runs other tests beside it a few times that. */
const START_DEADLINE_MS = 60_000;

/**
 * A Chromium to test pages with: the one that the variable CHROMIUM names, or one on the PATH. Null if there is none:
 * such tests are then skipped with `test.skipIf`, and the reason is printed.
 */
export function findBrowser(): string | null {
  // oxlint-disable-next-line node/no-process-env -- where a machine has its browser is the machine's affair
  const { CHROMIUM, PATH = '' } = process.env;
  const onPath = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const candidates = [...(CHROMIUM === undefined ? [] : [CHROMIUM]), USUAL_PLACE, ...onPath];
  const found = candidates.find((file) => isExecutable(file));
  if (found !== undefined) return found;
  console.warn('Skipped: no Chromium on the PATH, and the variable CHROMIUM names none.');
  return null;
}

/** Without a sandbox of its own, as containers and CI machines allow none; it only opens pages of ours. */
export async function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu'],
    timeout: START_DEADLINE_MS,
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
