import type { Page } from '../api/answers.ts';
import type { VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import type { Query } from '../page/route.ts';
import { searchOf } from '../page/route.ts';

/** The way through a list, the newest first; `base`: the hash without its query. */
export function pages(base: string, query: Query, { items, cursor }: Page<unknown>): VirtualElement {
  const { cursor: _page, ...first } = query;
  const isFirst = query['cursor'] === undefined;
  return h(
    'nav',
    { class: 'pages', 'aria-label': 'Pages' },
    !isFirst && h('a', { class: 'button', href: `${base}${searchOf(first)}` }, '« Newest'),
    cursor !== undefined &&
      h(
        'a',
        { class: 'button', href: `${base}${searchOf({ ...first, cursor })}` },
        items.length === 0 ? 'Look further' : 'Older »',
      ),
    cursor === undefined && !isFirst && h('span', { class: 'foot' }, 'That was all.'),
  );
}
