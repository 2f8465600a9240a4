/** `hve` as it is installed from the packed package: its bundle alone, under node_modules, where no TypeScript runs. */
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../tools.ts';
import { run } from './runHve.ts';

it('runs from what the package packs, without its source and without any other package', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hve-package-'));
  try {
    const { bin, files, version } = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8')) as {
      bin: { hve: string };
      files: string[];
      version: string;
    };
    const installed = join(folder, 'node_modules', 'hve-mailer');
    await mkdir(installed, { recursive: true });
    for (const file of [...files, 'package.json']) {
      await cp(join(projectRoot, file), join(installed, file), { recursive: true });
    }
    const hve = join(installed, bin.hve);
    const place = { cwd: folder };
    expect(await run(process.execPath, [hve, '--version'], place)).toEqual({
      exitCode: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
    expect((await run(process.execPath, [hve, 'help', 'send'], place)).stdout).toContain('--attach FILE');
    const unreachable = await run(process.execPath, [hve, 'accounts', '--url', 'http://127.0.0.1:9'], place);
    expect(unreachable).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('does not answer') });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
