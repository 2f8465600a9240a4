/**
 * Makes the children of an element what a view says, and changes no more than that: who reads, types or has the focus on
 * something that stays is not disturbed by a refresh.
 */
import type { Attributes, VirtualElement, VirtualNode } from './element.ts';

type Known = WeakMap<Node, VirtualElement>;
type Mounted = (() => void)[];

/** `known` remembers what each element was made of; one for each document. */
export function makePatch(
  known: Known = new WeakMap(),
): (parent: Element, wanted: readonly VirtualNode[]) => void {
  return (parent, wanted) => {
    const mounted: Mounted = [];
    patchChildren(parent, wanted, known, mounted);
    for (const run of mounted) run();
  };
}

function patchChildren(
  parent: Element,
  wanted: readonly VirtualNode[],
  known: Known,
  mounted: Mounted,
): void {
  const old = [...parent.childNodes];
  const chosen = wanted.map((node) => {
    const at = old.findIndex((one) => fits(one, node, known));
    return at < 0 ? null : (old.splice(at, 1)[0] ?? null);
  });
  // First what goes, then what stays: an element that only changes its place loses the focus.
  for (const node of old) node.remove();
  for (const [index, node] of wanted.entries()) {
    const place = parent.childNodes[index] ?? null;
    const made = chosen[index] ?? create(node, parent);
    if (made !== place) parent.insertBefore(made, place);
    update(made, node, known, mounted);
  }
}

function fits(node: Node, wanted: VirtualNode, known: Known): boolean {
  if (typeof wanted === 'string') return node.nodeType === Node.TEXT_NODE;
  const made = known.get(node);
  return made !== undefined && made.tag === wanted.tag && made.attributes.key === wanted.attributes.key;
}

const SVG = 'http://www.w3.org/2000/svg';

function create(node: VirtualNode, parent: Element): Node {
  if (typeof node === 'string') return document.createTextNode(node);
  const isSvg = node.tag === 'svg' || parent.namespaceURI === SVG;
  return isSvg ? document.createElementNS(SVG, node.tag) : document.createElement(node.tag);
}

function update(made: Node, wanted: VirtualNode, known: Known, mounted: Mounted): void {
  if (typeof wanted === 'string') {
    if (made.textContent !== wanted) made.textContent = wanted;
    return;
  }
  if (!(made instanceof Element)) return;
  const before = known.get(made)?.attributes ?? null;
  known.set(made, wanted);
  setAttributes(made, before ?? {}, wanted.attributes);
  patchChildren(made, wanted.children, known, mounted);
  // A select has its options only now.
  const { value, onMount } = wanted.attributes;
  if (made instanceof HTMLSelectElement && value !== before?.['value'])
    made.value = typeof value === 'string' ? value : '';
  if (before === null && onMount) mounted.push(() => onMount(made));
}

/** Compared with what the view said before, not with the element: what the user has changed since (an input) stays. */
function setAttributes(element: Element, before: Attributes, wanted: Attributes): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(wanted)])) {
    if (name === 'key' || name === 'onMount' || before[name] === wanted[name]) continue;
    if (name === 'style') setStyle(element, before.style ?? {}, wanted.style ?? {});
    else setAttribute(element, name, wanted[name]);
  }
}

function setAttribute(element: Element, name: string, value: unknown): void {
  if (name.startsWith('on')) {
    Reflect.set(element, name.toLowerCase(), typeof value === 'function' ? value : null);
    return;
  }
  // The attributes of these are only where they begin.
  if (name === 'value' || name === 'checked' || name === 'indeterminate') {
    Reflect.set(element, name, value ?? (name === 'value' ? '' : false));
    return;
  }
  if (value === true) element.setAttribute(name, '');
  else if (typeof value === 'string' || typeof value === 'number') element.setAttribute(name, `${value}`);
  else element.removeAttribute(name);
}

function setStyle(
  element: Element,
  before: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): void {
  if (!(element instanceof HTMLElement || element instanceof SVGElement)) return;
  for (const name of Object.keys(before)) if (!(name in wanted)) element.style.removeProperty(name);
  for (const [name, value] of Object.entries(wanted)) {
    if (before[name] !== value) element.style.setProperty(name, value);
  }
}
