const numbers = new Intl.NumberFormat('en');
const money = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', maximumFractionDigits: 2 });
const percents = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 });

/** `12,345` */
export function formatNumber(number: number): string {
  return numbers.format(number);
}

/** `1 message`, `2 messages`; `plural` where an s does not make one. */
export function formatCount(number: number, word: string, plural = `${word}s`): string {
  return `${numbers.format(number)} ${number === 1 ? word : plural}`;
}

/** What is less than a cent is said so. */
export function formatUsd(amount: number): string {
  return amount > 0 && amount < 0.01 ? 'under $0.01' : money.format(amount);
}

/** Of a share from 0 to 1; what is not nothing never shows as 0 %, nor what is not all as 100 %. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.01) return '<1%';
  if (share < 1 && share > 0.99) return '99%';
  return percents.format(share);
}

/** As mail servers count: 1 kB is 1,000 bytes. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
