/**
 * A message's HTML, made harmless three times over:
 *
 *   copied ... only elements and attributes of the lists below, from a document that runs and loads nothing
 *   policed .. its own Content-Security-Policy, beside the page's, which it inherits: no script, nothing from anywhere
 *   caged .... an iframe with an empty `sandbox`: no script, no form, no link that leads anywhere, an origin of its own
 *
 * What is seen is its text in its order, with tables, lists and emphasis: enough to know the message again. The sender's styles and
 * pictures from elsewhere are left out; a picture that came within the message is shown.
 */
import type { VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';

interface MarkupPolicy {
  createHTML(text: string): string;
}

/** TypeScript does not know it yet. */
declare const trustedTypes: { createPolicy(name: string, rules: MarkupPolicy): MarkupPolicy } | undefined;

/** The one place where text becomes markup; where browsers know Trusted Types, no other can. */
export function makePreview(styleUrl: string): (html: string) => VirtualElement {
  const rules: MarkupPolicy = { createHTML: (text) => text };
  const policy = typeof trustedTypes === 'undefined' ? rules : trustedTypes.createPolicy('preview', rules);
  let last: { readonly html: string; readonly frame: VirtualElement } | null = null;
  return (html) => {
    // The page is drawn anew with each answer that comes: a large message is not parsed again for that.
    if (last?.html === html) return last.frame;
    // A parser's document has no window: nothing in it runs, and nothing is fetched for it.
    const source = new DOMParser().parseFromString(policy.createHTML(quiet(html)), 'text/html');
    const markup = policy.createHTML(pageOf(source, styleUrl));
    const frame = h('iframe', {
      key: markup.length > 0 ? `preview ${html.length} ${html.slice(0, KEY_CHARACTERS)}` : 'preview',
      class: 'preview',
      title: 'The message as HTML, without scripts, styles and remote pictures',
      sandbox: '',
      referrerpolicy: 'no-referrer',
      onMount: (element) => Reflect.set(element, 'srcdoc', markup),
    });
    last = { html, frame };
    return frame;
  };
}

const KEY_CHARACTERS = 200;

/**
 * A parser heeds the page's policy too, and the browser would report every style and listener that it then refuses. Under other
 * names there is nothing to refuse; what keeps them out is that they are on none of the lists below. A tag ends before the next
 * one begins: else a text of many beginnings would cost the square of its length, and freeze the page.
 */
function quiet(html: string): string {
  return html.replaceAll(/<[a-z/][^<>]*>/gi, (tag) =>
    tag
      .replace(/^(<\/?)(style|base)\b/i, '$1x-$2')
      .replaceAll(/([\s"'/])(style|on[a-z]+)(?=\s*=)/gi, '$1x-$2'),
  );
}

const ELEMENTS: ReadonlySet<string> = new Set(
  (
    'a abbr address article aside b big blockquote body br caption center cite code col colgroup dd del dfn div dl dt em figcaption ' +
    'figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp section small span strike ' +
    'strong sub sup table tbody td tfoot th thead tr tt u ul var wbr'
  ).split(' '),
);

/** Whose words are no words of the message. */
const LEFT_OUT: ReadonlySet<string> = new Set(
  'head script style x-style template noscript title iframe frame object embed applet svg math video audio canvas form-data'.split(
    ' ',
  ),
);

/** Those that change how it reads, and can do nothing else. */
const ATTRIBUTES: ReadonlySet<string> = new Set(
  'align alt border cellpadding cellspacing colspan dir height lang rowspan scope start title valign width'.split(
    ' ',
  ),
);

/** Pictures that came within the message; an SVG may hold more than a picture. */
const OWN_PICTURE = /^data:image\/(?:png|jpeg|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]+$/i;

function pageOf(source: Document, styleUrl: string): string {
  const page = source.implementation.createHTMLDocument('');
  const policy = page.createElement('meta');
  policy.setAttribute('http-equiv', 'Content-Security-Policy');
  policy.setAttribute('content', `default-src 'none'; img-src data:; style-src ${new URL(styleUrl).origin}`);
  const style = page.createElement('link');
  style.setAttribute('rel', 'stylesheet');
  style.setAttribute('href', styleUrl);
  page.head.prepend(policy, style);
  for (const node of source.body.childNodes) appendAll(page.body, copy(node, page));
  return `<!doctype html>${page.documentElement.outerHTML}`;
}

/** One by one: a call takes only so many arguments. */
function appendAll(to: Node, nodes: readonly Node[]): void {
  for (const node of nodes) to.appendChild(node);
}

/** An element that is not on the list is left out, but not its words. */
function copy(node: Node, page: Document): readonly Node[] {
  if (node.nodeType === node.TEXT_NODE) return [page.createTextNode(node.textContent ?? '')];
  if (!isElement(node)) return [];
  const name = node.localName;
  if (LEFT_OUT.has(name)) return [];
  if (name === 'img') return [picture(node, page)];
  const children = [...node.childNodes].flatMap((child) => copy(child, page));
  if (!ELEMENTS.has(name)) return children;
  const made = page.createElement(name === 'a' ? 'span' : name);
  copyAttributes(node, made);
  appendAll(made, children);
  return name === 'a' ? [made, ...address(node, page)] : [made];
}

function isElement(node: Node): node is Element {
  return node.nodeType === node.ELEMENT_NODE;
}

function copyAttributes(from: Element, to: Element): void {
  for (const { name, value } of from.attributes) if (ATTRIBUTES.has(name)) to.setAttribute(name, value);
}

function picture(node: Element, page: Document): Node {
  const source = node.getAttribute('src') ?? '';
  if (OWN_PICTURE.test(source)) {
    const made = page.createElement('img');
    copyAttributes(node, made);
    made.setAttribute('src', source);
    return made;
  }
  const made = page.createElement('span');
  made.className = 'picture';
  made.textContent = `[picture${node.getAttribute('alt') ? `: ${node.getAttribute('alt')}` : ''}]`;
  return made;
}

/** Where a link leads is said behind it: it cannot be followed, and cannot pretend. */
function address(node: Element, page: Document): readonly Node[] {
  const href = node.getAttribute('href') ?? '';
  if (href === '' || href.startsWith('#') || href === node.textContent) return [];
  const made = page.createElement('span');
  made.className = 'address';
  made.textContent = ` <${href}>`;
  return [made];
}
