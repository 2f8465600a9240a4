/** Where on the page one is; it stands behind the `#` of the address, so that every view can be linked to. */

export type Query = Readonly<Record<string, string>>;

export type Route =
  | { readonly view: 'overview' }
  | { readonly view: 'messages'; readonly query: Query }
  | { readonly view: 'message'; readonly id: string }
  | { readonly view: 'deadLetters'; readonly query: Query }
  | { readonly view: 'deadLetter'; readonly id: string }
  | { readonly view: 'accounts' };

const LISTS = { messages: 'messages', 'dead-letters': 'deadLetters' } as const;

/** What is not known is the overview. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split('?');
  const [first = '', second = ''] = path.split('/').map(decode);
  const query = Object.fromEntries([...new URLSearchParams(search)].filter(([, value]) => value !== ''));
  if (first === 'accounts') return { view: 'accounts' };
  if (first === 'messages')
    return second === '' ? { view: LISTS[first], query } : { view: 'message', id: second };
  if (first === 'dead-letters') {
    return second === '' ? { view: LISTS[first], query } : { view: 'deadLetter', id: second };
  }
  return { view: 'overview' };
}

export function hashOf(route: Route): string {
  switch (route.view) {
    case 'overview':
      return '#/';
    case 'accounts':
      return '#/accounts';
    case 'messages':
      return `#/messages${searchOf(route.query)}`;
    case 'message':
      return `#/messages/${encodeURIComponent(route.id)}`;
    case 'deadLetters':
      return `#/dead-letters${searchOf(route.query)}`;
    case 'deadLetter':
      return `#/dead-letters/${encodeURIComponent(route.id)}`;
  }
}

/** `?a=b`, without what is empty; nothing where all is. */
export function searchOf(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
