import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('an SDK that cannot be loaded for a moment fails who waits for it, leaves no mail in doubt, and is loaded the next time', async () => {
  const program = fileURLToPath(new URL('failingLoads.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  const { before, after } = JSON.parse(stdout);
  expect(before).toEqual({
    queue: expect.stringMatching(/^Unavailable: the SDK of queues.*EMFILE/),
    container: expect.stringMatching(/^Unavailable: the SDK of blobs.*EMFILE/),
    secret: expect.stringContaining('EMFILE'),
    mail: expect.stringMatching(/"result":"notSent".*"stage":"connect".*nodemailer cannot be loaded.*EMFILE/),
  });
  expect(after).toEqual({
    queue: 'mail-bulk',
    container: 'mail-payloads',
    secret: expect.stringContaining('ECONNREFUSED'),
    mail: expect.stringMatching(/"result":"notSent".*"stage":"connect".*ECONNREFUSED/),
  });
});
