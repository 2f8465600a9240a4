import { byId, element, getJson } from './dom.js';
import { makeFaultPanel } from './faultPanel.js';
import { makeMailDetail } from './mailDetail.js';
import { makeMailList } from './mailList.js';

const list = makeMailList({ onSelect: (id) => (location.hash = `#/messages/${id}`) });
const detail = makeMailDetail();
const faults = makeFaultPanel();

/** `#/messages/{id}` shows that mail, so the browser's back button and a sent link work; all else shows the list. */
function followAddress() {
  const id = /^#\/messages\/([\w-]+)$/.exec(location.hash)?.[1] ?? null;
  byId('panes').classList.toggle('reading', id !== null);
  list.select(id);
  if (id === null) detail.showNothing(hint());
  else void detail.show(id);
}

function hint() {
  return element(
    'p',
    {},
    'Select a mail. ',
    element('kbd', {}, '↓'),
    ' ',
    element('kbd', {}, '↑'),
    ' move through the list, ',
    element('kbd', {}, '/'),
    ' searches.',
  );
}

async function refresh() {
  try {
    await Promise.all([list.refresh(), faults.refresh()]);
  } catch {
    // The server is gone: the live sign says so, and the events bring the page back when it is there again.
  }
}

/** The browser connects again by itself; each time everything is asked for anew, as what was missed is unknown. */
function listen() {
  const live = byId('live');
  const events = new EventSource('/events');
  events.addEventListener('open', () => {
    live.textContent = 'Live';
    live.className = 'live on';
    // A mail that the address names can be marked in the list only once the list is there.
    void refresh().then(followAddress);
  });
  events.addEventListener('error', () => {
    live.textContent = 'Reconnecting…';
    live.className = 'live off';
  });
  events.addEventListener('change', () => void refresh());
}

async function explainEmptyInbox() {
  const about = await getJson('/about');
  const to = `ann@${about.internalDomains[0] ?? 'contoso.com'}`;
  const message = JSON.stringify({ to, subject: 'Hello', text: 'My first mail' }, null, 2);
  byId('empty').replaceChildren(
    element('h2', {}, 'No mail yet'),
    element(
      'p',
      {},
      'All that is sent through this High Volume Email simulator appears here at once. Nothing leaves this machine.',
    ),
    element(
      'ol',
      {},
      element(
        'li',
        {},
        'Put a message on the queue ',
        element('code', {}, 'mail-outbox'),
        ':',
        element('pre', {}, message),
      ),
      element('li', {}, 'or POST the same to the functions host:', element('pre', {}, 'POST /api/messages')),
      element(
        'li',
        {},
        'or send by SMTP, with STARTTLS and a login:',
        element('pre', {}, [`${about.smtp.host}:${about.smtp.port}`, ...about.accounts].join('\n')),
      ),
    ),
  );
}

async function clearMails() {
  // oxlint-disable-next-line no-alert -- asked once, before something that cannot be undone
  if (!confirm('Delete all mails in this inbox?')) return;
  await fetch('/messages', { method: 'DELETE' });
  location.hash = '#/';
  await refresh();
}

byId('clear-mails').addEventListener('click', () => void clearMails());
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || byId('faults').open) return;
  const typing = event.target.closest('input, select, textarea');
  if (event.key === 'Escape' && location.hash !== '#/') {
    list.focusSelected();
    location.hash = '#/';
  } else if (event.key === '/' && !typing) {
    event.preventDefault();
    byId('search').focus();
  } else if (['ArrowDown', 'ArrowUp', 'j', 'k'].includes(event.key)) {
    const fromSearch = event.target.id === 'search' && event.key.startsWith('Arrow');
    if ((typing && !fromSearch) || event.target.closest('[role=tablist], .detail-pane')) return;
    event.preventDefault();
    list.move(event.key === 'ArrowDown' || event.key === 'j' ? 1 : -1);
  }
});

window.addEventListener('hashchange', followAddress);
void explainEmptyInbox();
followAddress();
listen();
