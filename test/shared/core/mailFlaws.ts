/**
 * What is wrong with the HTML of a mail for those who read it in Outlook (Word's engine) or in a program that blocks what comes from
 * elsewhere. https://www.caniemail.com/ tells which program shows what.
 */
const FORBIDDEN: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a style sheet', /<style|<link|@media|@import| class=/i],
  ['a script', /<script|javascript:|\son[a-z]+\s*=\s*["']/i],
  [
    'a picture, a frame or a form',
    /<(?:img|svg|canvas|picture|video|iframe|object|embed|form|input|button)\b/i,
  ],
  ['a background picture', /background-image|background\s*:|url\(/i],
  ['flex or grid', /display\s*:/i],
  ['a position', /position\s*:|float\s*:|z-index/i],
  ['a transformation or an animation', /transform|transition|animation|opacity/i],
  ['a function that Word does not know', /\b(?:calc|var|rgba|hsla?|min|max|clamp)\(/i],
  ['a length that Word does not know', /[\d.](?:rem|vw|vh|ch)\b/i],
  ['a margin on something that is no text', /<(?!body|p|h\d)[a-z]+\b[^>]*margin/i],
  [
    'padding on something that is no cell',
    /<(?!td|th|body)[a-z]+\b[^>]*padding(?:-[a-z]+)?\s*:\s*(?!0[;"])/i,
  ],
];
/** The only thing that leads anywhere. */
const LINK = /<a href="https?:\/\/[^"<>]*"/g;

export function mailFlaws(html: string): string[] {
  const flaws = FORBIDDEN.filter(([, pattern]) => pattern.test(html)).map(([what]) => what);
  if (/https?:\/\/|<[^>]*\s(?:src|background)\s*=|(?:"|\()\/\//i.test(html.replaceAll(LINK, '')))
    flaws.push('something from elsewhere');
  for (const [element] of html.matchAll(/<[a-z][^>]*max-width[^>]*>/g)) {
    if (!/ width="\d+%?"/.test(element)) flaws.push(`max-width without a width: ${element.slice(0, 80)}`);
  }
  for (const [element] of html.matchAll(/<(?:td|th|table)\b[^>]*background-color[^>]*>/g)) {
    if (!/ bgcolor="#[0-9a-f]{6}"/.test(element))
      flaws.push(`a background without bgcolor: ${element.slice(0, 80)}`);
  }
  for (const [element] of html.matchAll(/<table\b[^>]*>/g)) {
    if (!/ width="\d+%?"/.test(element)) flaws.push(`a table without a width: ${element.slice(0, 80)}`);
    if (!/ cellpadding="0" cellspacing="0" border="0"/.test(element))
      flaws.push('a table with space of its own');
  }
  return flaws;
}
