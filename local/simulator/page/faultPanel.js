import { byId, element, formatCount, getJson } from './dom.js';

const WHO = {
  auth: 'Only for the account',
  mail: 'Only for the account',
  rcpt: 'Only for the recipient',
  data: 'Only for the account',
  'end-of-data': 'Only for mails with the recipient',
};

/** The drawer with the active faults and the form for another one, and the banner that says that there are some. */
export function makeFaultPanel() {
  const dialog = byId('faults');
  const form = byId('fault-form');
  const preset = byId('fault-preset');

  async function refresh() {
    const faults = await getJson('/faults');
    byId('fault-count').hidden = faults.length === 0;
    byId('fault-count').textContent = String(faults.length);
    byId('fault-banner').hidden = faults.length === 0;
    byId('fault-summary').textContent = summary(faults);
    byId('clear-faults').disabled = faults.length === 0;
    byId('fault-list').replaceChildren(
      ...(faults.length === 0
        ? [element('li', { class: 'none' }, 'No faults: the server does as it should.')]
        : faults.map(drawFault)),
    );
  }

  function drawFault(fault) {
    const remove = () => fetch(`/faults/${fault.id}`, { method: 'DELETE' }).then(refresh);
    return element(
      'li',
      {},
      element('div', {}, element('code', {}, fault.reply), element('p', { class: 'hint' }, describe(fault))),
      element(
        'button',
        { type: 'button', click: remove, 'aria-label': `Clear ${fault.reply} at ${fault.stage}` },
        'Clear',
      ),
    );
  }

  async function clearAll() {
    await fetch('/faults', { method: 'DELETE' });
    await refresh();
  }

  async function fillPresets() {
    const replies = await getJson('/replies');
    const stages = [...new Set(replies.map((one) => one.stage))];
    const groups = stages.map((stage) =>
      element(
        'optgroup',
        { label: `at ${stage}` },
        ...replies
          .filter((one) => one.stage === stage)
          .map((one) =>
            element(
              'option',
              { value: JSON.stringify([one.reply, one.stage]) },
              `${one.meaning} (${codesOf(one.reply)})`,
            ),
          ),
      ),
    );
    preset.replaceChildren(
      element('option', { value: '' }, 'Choose, or write your own reply below'),
      ...groups,
    );
  }

  function explain() {
    const { reply, stage } = form.elements;
    byId('fault-address-label').hidden = stage.value === 'connect';
    byId('fault-address-text').textContent = WHO[stage.value] ?? 'Only for';
    byId('fault-effect').textContent = effect(reply.value.trim(), stage.value);
  }

  async function submit(event) {
    event.preventDefault();
    const response = await fetch('/faults', { method: 'POST', body: JSON.stringify(readForm(form)) });
    const problem = response.ok ? { errors: [] } : await response.json();
    for (const place of form.querySelectorAll('.error')) {
      const errors = problem.errors.filter((error) => error.pointer === place.dataset.for);
      place.textContent = errors.map((error) => error.detail).join('. ');
    }
    if (!response.ok) return;
    form.reset();
    explain();
    await refresh();
  }

  preset.addEventListener('change', () => {
    if (preset.value === '') return;
    const [reply, stage] = JSON.parse(preset.value);
    form.elements.reply.value = reply;
    form.elements.stage.value = stage;
    explain();
  });
  form.addEventListener('input', explain);
  form.addEventListener('submit', (event) => void submit(event));
  byId('open-faults').addEventListener('click', () => dialog.showModal());
  byId('close-faults').addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  byId('clear-faults').addEventListener('click', () => void clearAll());
  byId('banner-clear').addEventListener('click', () => void clearAll());
  void fillPresets();
  explain();
  return { refresh };
}

/** `550 5.1.10` of a whole reply; drop and stall as they are. */
function codesOf(reply) {
  return /^\d{3}( \d\.\d+\.\d+)?/.exec(reply)?.[0] ?? reply;
}

/** What stands in the form; what is empty is left out, what is no number goes as it is, for the server to name. */
function readForm(form) {
  const text = (name) => form.elements[name].value.trim();
  const number = (name, scale) => {
    if (text(name) === '') return undefined;
    const value = Number(text(name).replace(',', '.'));
    return Number.isNaN(value) ? text(name) : value / scale;
  };
  return {
    reply: text('reply'),
    stage: text('stage'),
    count: number('count', 1),
    share: number('share', 100),
    address: text('stage') === 'connect' || text('address') === '' ? undefined : text('address'),
  };
}

function describe(fault) {
  const parts = [`at ${fault.stage}`];
  if (fault.address !== undefined) parts.push(`for ${fault.address}`);
  if (fault.share !== undefined) parts.push(`in ${Math.round(fault.share * 1000) / 10} % of cases`);
  parts.push(
    fault.count === undefined ? 'until cleared' : formatCount(fault.count, 'more time'),
    `struck ${formatCount(fault.hits, 'time')}`,
  );
  return parts.join(' · ');
}

function summary(faults) {
  const [first] = faults;
  if (first === undefined) return '';
  const others = faults.length > 1 ? ` and ${faults.length - 1} more` : '';
  return `${faults.length === 1 ? 'Fault' : 'Faults'} active: ${first.reply} at ${first.stage}${others}`;
}

function effect(reply, stage) {
  if (reply === 'drop') {
    return stage === 'end-of-data'
      ? 'The mail is accepted into the inbox, then the connection is cut: the client cannot know.'
      : 'The connection is cut without an answer. No mail is accepted.';
  }
  if (reply === 'stall')
    return 'The server never answers; the connection stays open until the client gives up.';
  if (reply.startsWith('421')) return 'The server answers so and closes the connection. No mail is accepted.';
  return 'The server answers so, letter for letter. A mail that is refused at end-of-data is not in the inbox.';
}
