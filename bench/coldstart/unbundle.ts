/** The app as a plain TypeScript project would leave it: every source file by itself, packages from node_modules. */
import { globSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { transform } from 'esbuild';

export interface Unbundled {
  /** `esm` is what tsc makes of this project; `cjs` what it would make of it without `"type": "module"`. */
  readonly format: 'esm' | 'cjs';
  /** `late`: what the sources import late stays late. `atOnce`: every import stands at the head of its file, as it usually does. */
  readonly imports: 'late' | 'atOnce';
}

const EXTENSIONS = { esm: '.mjs', cjs: '.cjs' } as const;
/** Telemetry's export, which this app does not use here: it would be no fair part of the peer. */
const EXPORT = join('shared', 'adapters', 'telemetry');
/** Of a file of ours, in an import with or without parentheses. */
const OWN_FILE = /(\bfrom\s*|\bimport\s*\(\s*)'(\.[^']*)\.ts'/g;
const LATE_IMPORT = /\bimport\(\s*('[^']+')\s*,?\s*\)/g;

/** Writes it into `folder`; gives the entry file. */
export async function unbundle(
  root: string,
  folder: string,
  { format, imports }: Unbundled,
): Promise<string> {
  const extension = EXTENSIONS[format];
  await mkdir(folder, { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  for (const file of globSync(['functions/**/*.ts', 'shared/**/*.ts'], { cwd: root })) {
    const source = await readFile(join(root, file), 'utf8');
    const ours = imports === 'atOnce' && !file.startsWith(EXPORT) ? importAtOnce(source) : source;
    const { code } = await transform(
      ours.replaceAll(OWN_FILE, (_, before: string, path: string) => `${before}'${path}${extension}'`),
      {
        loader: 'ts',
        format,
        platform: 'node',
        target: 'node24',
        tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
        ...(format === 'cjs' && { define: { 'import.meta.dirname': '__dirname' } }),
      },
    );
    const target = join(folder, file.replace(/\.ts$/, extension));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, code);
  }
  return join(folder, 'functions', `index${extension}`);
}

/** Exported for its test. */
export function importAtOnce(source: string): string {
  const names = new Map<string, string>();
  const body = source.replaceAll(LATE_IMPORT, (_, file: string) => {
    const name = names.get(file) ?? `imported${names.size}`;
    names.set(file, name);
    return `Promise.resolve(${name})`;
  });
  return [...names].map(([file, name]) => `import * as ${name} from ${file};\n`).join('') + body;
}
