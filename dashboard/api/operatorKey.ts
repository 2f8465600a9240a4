/** The operator's key, for as long as the tab is open. It never stands in the address for longer than it takes to read it. */
const ITEM = 'hve-operator-key';

export interface OperatorKey {
  read(): string | null;
  keep(key: string): void;
  forget(): void;
}

/** A storage that the browser forbids: the key then lives as long as the page. */
export function makeOperatorKey(storage: () => Storage): OperatorKey {
  let kept: string | null = null;
  const tryStorage = <Value>(use: (storage: Storage) => Value): Value | null => {
    try {
      return use(storage());
    } catch {
      return null;
    }
  };
  return {
    read: () => kept ?? tryStorage((store) => store.getItem(ITEM)),
    keep(key) {
      kept = key;
      tryStorage((store) => store.setItem(ITEM, key));
    },
    forget() {
      kept = null;
      tryStorage((store) => store.removeItem(ITEM));
    },
  };
}

/** What `?code=` of the address says, and the address without it. */
export function takeKeyFromAddress(address: string): { readonly key: string | null; readonly rest: string } {
  const url = new URL(address);
  const key = url.searchParams.get('code');
  url.searchParams.delete('code');
  return { key, rest: url.href };
}
