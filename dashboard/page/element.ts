/**
 * What the page shall look like, as plain values: a view is a function from state to these, and patch.ts makes the document
 * so. Text is always text; there is no way to say markup here.
 */

export type Handler = (event: Event) => void;
export type Attribute = string | number | boolean | null | undefined | Handler;

export interface Attributes {
  /** Tells siblings apart, so that each keeps its element (and with it focus and scroll) when others come and go. */
  readonly key?: string;
  /** Custom properties and the like; set through the style object, which the Content-Security-Policy allows. */
  readonly style?: Readonly<Record<string, string>>;
  /** Called once, when the element is in the document. */
  readonly onMount?: (element: Element) => void;
  readonly [name: string]: Attribute | Readonly<Record<string, string>> | ((element: Element) => void);
}

export interface VirtualElement {
  readonly tag: string;
  readonly attributes: Attributes;
  readonly children: readonly VirtualNode[];
}

export type VirtualNode = VirtualElement | string;
/** null, undefined and false are left out. */
export type Child = VirtualNode | number | null | undefined | false | readonly Child[];

/** `h('a', { href: '#/' }, 'Overview')`: an attribute that begins with `on` is a listener; false and null leave one out. */
export function h(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): VirtualElement {
  return { tag, attributes, children: children.flatMap(flatten) };
}

function flatten(child: Child): readonly VirtualNode[] {
  if (child === null || child === undefined || child === false || child === '') return [];
  if (typeof child === 'string') return [child];
  if (typeof child === 'number') return [String(child)];
  return isList(child) ? child.flatMap(flatten) : [child];
}

function isList(child: VirtualElement | readonly Child[]): child is readonly Child[] {
  return Array.isArray(child);
}
