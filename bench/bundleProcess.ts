/**
 * A process of a benchmark as one file of plain JavaScript, as what runs in Azure is: to read TypeScript, Node loads a compiler,
 * which would count with the memory of whoever is measured.
 */
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** Into `folder`; for `startProcess`. */
export async function bundleProcess(file: URL, folder: string): Promise<URL> {
  const outfile = join(folder, basename(file.pathname).replace(/\.ts$/, '.cjs'));
  await build({
    entryPoints: [fileURLToPath(file)],
    inject: [fileURLToPath(new URL('../local/dieWithParent.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'warning',
    outfile,
  });
  return pathToFileURL(outfile);
}
