/** A form whose fields are the query of a list; it stands in the address, so that what is found can be linked to. */
import type { VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import type { Query } from '../page/route.ts';

export type Field =
  | {
      readonly kind: 'search' | 'text' | 'date';
      readonly name: string;
      readonly label: string;
      readonly hint?: string;
    }
  | {
      readonly kind: 'choice';
      readonly name: string;
      readonly label: string;
      readonly any: string;
      readonly options: readonly { readonly value: string; readonly label: string }[];
    };

/** `set`: with the new query, which begins at the first page again. */
export function filters(
  label: string,
  fields: readonly Field[],
  query: Query,
  set: (query: Query) => void,
): VirtualElement {
  const names = fields.map(({ name }) => name);
  const change = (name: string, value: string): void => {
    const { cursor: _page, ...others } = query;
    if ((query[name] ?? '') !== value) set({ ...others, [name]: value });
  };
  const isFiltered = names.some((name) => (query[name] ?? '') !== '');
  return h(
    'form',
    {
      class: 'filters',
      role: 'search',
      'aria-label': label,
      key: 'filters',
      onSubmit: (event: Event) => event.preventDefault(),
    },
    fields.map((field) =>
      h(
        'label',
        { key: field.name, class: field.kind },
        h('span', {}, field.label),
        control(field, query[field.name] ?? '', (value) => change(field.name, value)),
      ),
    ),
    isFiltered && h('button', { type: 'button', class: 'quiet', onClick: () => set({}) }, 'Clear'),
  );
}

function control(field: Field, value: string, set: (value: string) => void): VirtualElement {
  const onChange = ({ target }: Event): void => {
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) set(target.value.trim());
  };
  if (field.kind === 'choice') {
    return h(
      'select',
      { name: field.name, value, onChange },
      h('option', { value: '' }, field.any),
      field.options.map((option) => h('option', { value: option.value, key: option.value }, option.label)),
    );
  }
  return h('input', {
    type: field.kind,
    name: field.name,
    value,
    onChange,
    // Enter finds at once; the cross of a search field clears it.
    onSearch: onChange,
    placeholder: field.hint,
    autocomplete: 'off',
    spellcheck: 'false',
  });
}
