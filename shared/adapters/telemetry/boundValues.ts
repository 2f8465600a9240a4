/** Beyond so many different values of an attribute the rest counts together: every value is a row a minute. */
const VALUES_AT_MOST = 50;
const OTHER = '(other)';

/** Keeps what the values of a metric's attributes are of a small number, whoever makes them up. */
export function boundValues(): (attributes: Readonly<Record<string, string>>) => Record<string, string> {
  const seen = new Map<string, Set<string>>();
  return (attributes) =>
    Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => {
        const values = seen.get(name) ?? new Set();
        seen.set(name, values);
        if (values.has(value)) return [name, value];
        if (values.size >= VALUES_AT_MOST) return [name, OTHER];
        values.add(value);
        return [name, value];
      }),
    );
}
