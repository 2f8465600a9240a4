/**
 * An element with attributes, listeners (functions) and children. Text is always set as text: what a sender wrote can
 * never become markup here.
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key, value);
    else if (value !== undefined && value !== null && value !== false)
      made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function byId(id) {
  return document.getElementById(id);
}

/** The body of a GET; throws with what the server said was wrong. */
export async function getJson(path) {
  const response = await fetch(path);
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => ({}));
  throw new Error(problem.detail ?? `${path} answered ${response.status}`);
}

const numbers = new Intl.NumberFormat('en');

export function formatNumber(number) {
  return numbers.format(number);
}

export function formatCount(number, word) {
  return `${numbers.format(number)} ${word}${number === 1 ? '' : 's'}`;
}

/** As mail servers count: 1 kB is 1,000 bytes. */
export function formatBytes(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

const timeOfDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const fullTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' });

/** The time alone for today, else with its day: the simulator's clock may stand on another day. */
export function formatWhen(iso) {
  const date = new Date(iso);
  return date.toDateString() === new Date().toDateString() ? timeOfDay.format(date) : dayAndTime.format(date);
}

export function formatFullTime(iso) {
  return fullTime.format(new Date(iso));
}
