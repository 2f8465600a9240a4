import { byId, element, formatBytes, formatCount, formatNumber, formatWhen, getJson } from './dom.js';

const PAGE_SIZE = 100;

/** The list of mails at the left: newest first, as many as were asked for, searched on the server. */
export function makeMailList({ onSelect }) {
  const list = byId('mails');
  const search = byId('search');
  const more = byId('more');
  let mails = [];
  let shownLimit = PAGE_SIZE;
  let selectedId = null;
  let known = null;
  let requests = 0;

  async function refresh() {
    const request = ++requests;
    const query = new URLSearchParams({ limit: String(shownLimit) });
    if (search.value !== '') query.set('search', search.value);
    const [found, stats] = await Promise.all([getJson(`/messages?${query}`), getJson('/stats')]);
    // A later request has been sent meanwhile: its answer counts.
    if (request !== requests) return;
    mails = found;
    draw();
    more.hidden = mails.length < shownLimit;
    byId('empty').hidden = stats.messages > 0;
    byId('clear-mails').disabled = stats.messages === 0;
    byId('totals').textContent = totals(stats, mails.length, search.value, shownLimit);
  }

  function draw() {
    const focusedId = document.activeElement?.closest?.('#mails a')?.dataset.id;
    list.replaceChildren(...mails.map((mail) => row(mail)));
    known = new Set(mails.map((mail) => mail.id));
    if (focusedId !== undefined) link(focusedId)?.focus();
  }

  function row(mail) {
    const isNew = known !== null && !known.has(mail.id);
    return element(
      'li',
      { class: isNew ? 'new' : undefined },
      element(
        'a',
        { href: `#/messages/${mail.id}`, 'data-id': mail.id, 'aria-current': String(mail.id === selectedId) },
        element('span', { class: 'subject' }, subjectOf(mail)),
        element('time', { class: 'when', datetime: mail.receivedAt }, formatWhen(mail.receivedAt)),
        element(
          'span',
          { class: 'people', title: `from ${mail.from} to ${mail.to.join(', ')}` },
          element('span', { class: 'recipients' }, mail.to[0] ?? ''),
          mail.to.length > 1
            ? element('span', { class: 'badge' }, `+${formatNumber(mail.to.length - 1)}`)
            : null,
          mail.repeatOf === null ? null : element('span', { class: 'badge repeat' }, 'repeat'),
        ),
        element('span', { class: 'size' }, formatBytes(mail.sizeBytes)),
        element('span', { class: 'people' }, `from ${mail.from}`),
      ),
    );
  }

  function link(id) {
    return list.querySelector(`a[data-id="${CSS.escape(id)}"]`);
  }

  function select(id) {
    selectedId = id;
    for (const one of list.querySelectorAll('a'))
      one.setAttribute('aria-current', String(one.dataset.id === id));
    if (id !== null) link(id)?.scrollIntoView({ block: 'nearest' });
  }

  /** The mail so many places further down; the first one if none is selected. */
  function move(steps) {
    const at = mails.findIndex((mail) => mail.id === selectedId);
    const next = mails[at < 0 ? 0 : at + steps];
    if (next === undefined) return;
    onSelect(next.id);
    link(next.id)?.focus();
  }

  search.addEventListener('input', () => {
    shownLimit = PAGE_SIZE;
    void refresh();
  });
  more.addEventListener('click', () => {
    shownLimit += PAGE_SIZE;
    void refresh();
  });

  return { refresh, select, move, focusSelected: () => selectedId !== null && link(selectedId)?.focus() };
}

function subjectOf(mail) {
  return mail.subject === '' ? element('span', { class: 'no-subject' }, '(no subject)') : mail.subject;
}

function totals(stats, shown, searched, shownLimit) {
  if (searched !== '')
    return shown === 0
      ? 'Nothing found'
      : `${formatNumber(shown)}${shown === shownLimit ? ' or more' : ''} found`;
  if (stats.messages === 0) return 'No mails';
  const parts = [formatCount(stats.messages, 'mail'), `to ${formatCount(stats.accepted, 'recipient')}`];
  if (stats.repeats > 0) parts.push(`· ${formatCount(stats.repeats, 'repeat')}`);
  return parts.join(' ');
}
