import { byId, element, formatBytes, formatCount, formatFullTime, formatNumber, getJson } from './dom.js';

/** More recipients than this are folded away. */
const RECIPIENTS_SHOWN = 5;

/** The selected mail at the right. */
export function makeMailDetail() {
  const pane = byId('detail');
  let shownId = null;

  function showNothing(text) {
    shownId = null;
    pane.replaceChildren(element('div', { class: 'nothing' }, text));
  }

  async function show(id) {
    if (id === shownId) return;
    shownId = id;
    try {
      const mail = await getJson(`/messages/${encodeURIComponent(id)}`);
      if (shownId !== id) return;
      pane.replaceChildren(drawMail(mail));
      pane.scrollTop = 0;
    } catch (error) {
      if (shownId === id) pane.replaceChildren(drawMissing(error));
    }
  }

  return { show, showNothing };
}

function drawMissing(error) {
  return element(
    'article',
    { class: 'mail' },
    element('div', { class: 'mail-head' }, backButton(), element('h2', {}, 'This mail cannot be shown')),
    element('p', { class: 'note' }, error.message),
  );
}

function drawMail(mail) {
  return element(
    'article',
    { class: 'mail' },
    element(
      'div',
      { class: 'mail-head' },
      backButton(),
      element('h2', {}, mail.subject === '' ? '(no subject)' : mail.subject),
      element('a', { class: 'button source', href: `/messages/${mail.id}.eml` }, 'Source (.eml)'),
    ),
    mail.repeatOf === null ? null : repeatNote(mail),
    drawFacts(mail),
    mail.content.attachments.length === 0 ? null : drawAttachments(mail),
    ...drawBody(mail),
  );
}

function backButton() {
  return element('a', { class: 'button back', href: '#/' }, '← Inbox');
}

function repeatNote(mail) {
  return element(
    'p',
    { class: 'note' },
    'A repeat: an ',
    element('a', { href: `#/messages/${mail.repeatOf}` }, 'earlier mail'),
    ' has the same Message-ID and Date. Exchange delivers only one of them to each mailbox.',
  );
}

function drawFacts(mail) {
  const facts = [
    ['From', mail.content.from],
    ['To', foldAddresses(mail.content.to)],
    ['Cc', foldAddresses(mail.content.cc)],
    ['Reply-To', mail.content.replyTo],
    ['Delivered to', drawRecipients(mail)],
    ['Account', mail.account],
    ['Received', `${formatFullTime(mail.receivedAt)}, ${formatBytes(mail.sizeBytes)}`],
    ['Message-ID', mail.messageId ?? 'none'],
  ];
  return element(
    'dl',
    { class: 'facts' },
    ...facts
      .filter(([, value]) => value !== '')
      .flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
  );
}

/** A header with many addresses, folded away. */
function foldAddresses(header) {
  const count = header.split('@').length - 1;
  if (count <= RECIPIENTS_SHOWN) return header;
  return element('details', {}, element('summary', {}, `${formatNumber(count)} in the header`), header);
}

/** The envelope's recipients; who stands in no header is a blind copy. */
function drawRecipients(mail) {
  const visible = `${mail.content.to} ${mail.content.cc}`.toLowerCase();
  const items = mail.to.map((address) =>
    element(
      'li',
      {},
      address,
      visible.includes(address.toLowerCase()) ? null : element('span', { class: 'badge' }, 'Bcc'),
    ),
  );
  const list = element('ul', { class: 'addresses' }, ...items);
  if (items.length <= RECIPIENTS_SHOWN) return list;
  return element('details', {}, element('summary', {}, formatCount(items.length, 'recipient')), list);
}

function drawAttachments(mail) {
  return element(
    'ul',
    { class: 'attachments', 'aria-label': 'Attachments' },
    ...mail.content.attachments.map((attachment, index) =>
      element(
        'li',
        {},
        element(
          'a',
          {
            class: 'button',
            href: `/messages/${mail.id}/attachments/${index}`,
            title: attachment.contentType,
          },
          `${attachment.name} `,
          attachment.inline ? element('span', { class: 'badge' }, 'inline') : null,
          element('span', { class: 'size' }, formatBytes(attachment.sizeBytes)),
        ),
      ),
    ),
  );
}

/** Tabs (with the keys of the ARIA pattern) and the panel below them. */
function drawBody(mail) {
  const panel = element('div', { class: 'panel', role: 'tabpanel', id: 'mail-panel' });
  const views = [
    mail.content.hasHtml ? ['HTML', () => drawHtml(mail)] : null,
    mail.content.text === null ? null : ['Text', () => element('pre', {}, mail.content.text)],
    ['Headers', () => drawHeaders(mail)],
  ].filter((view) => view !== null);
  const tabs = views.map(([name], index) =>
    element(
      'button',
      { type: 'button', role: 'tab', 'aria-controls': 'mail-panel', click: () => open(index) },
      name,
    ),
  );
  const open = (index) => {
    tabs.forEach((tab, i) => {
      tab.setAttribute('aria-selected', String(i === index));
      tab.tabIndex = i === index ? 0 : -1;
    });
    panel.setAttribute('aria-label', views[index][0]);
    panel.replaceChildren(views[index][1]());
  };
  const onKey = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    const next = (tabs.indexOf(event.target) + step + tabs.length) % tabs.length;
    open(next);
    tabs[next].focus();
  };
  open(0);
  return [element('div', { class: 'tabs', role: 'tablist', keydown: onKey }, ...tabs), panel];
}

/** The mail's own markup: a document apart, without scripts, whose policy lets it load nothing. */
function drawHtml(mail) {
  return element('iframe', {
    title: 'The mail as HTML',
    sandbox: 'allow-popups allow-popups-to-escape-sandbox',
    referrerpolicy: 'no-referrer',
    src: `/messages/${mail.id}.html`,
  });
}

function drawHeaders(mail) {
  const rows = mail.content.headers.map(({ name, value }) =>
    element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, value)),
  );
  return element('table', {}, element('tbody', {}, ...rows));
}
