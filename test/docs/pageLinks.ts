import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { projectRoot } from '../tools.ts';
import { withoutBlocks } from './commands.ts';

/** Every page of the project, relative to its root. */
export function listPages(): string[] {
  const below = readdirSync(join(projectRoot, 'docs'), { recursive: true, encoding: 'utf8' });
  const atRoot = readdirSync(projectRoot).filter((name) => name.endsWith('.md'));
  return [
    ...atRoot,
    ...below.filter((name) => name.endsWith('.md')).map((name) => join('docs', name)),
  ].toSorted();
}

/** The links of a page that lead nowhere, with why. Links to other sites are not followed. */
export function brokenLinks(page: string, text: string): string[] {
  const links = [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return links
    .filter((target) => !/^(https?:|mailto:)/.test(target))
    .flatMap((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? join(projectRoot, page) : resolve(projectRoot, dirname(page), path);
      if (!existsSync(file)) return [`${target}: there is no ${relative(projectRoot, file)}`];
      if (anchor === undefined) return [];
      const headings = anchorsOf(path === '' ? text : readFileSync(file, 'utf8'));
      return headings.includes(anchor) ? [] : [`${target}: there is no such heading`];
    });
}

/** As GitHub makes them of the headings. */
export function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutBlocks(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}
