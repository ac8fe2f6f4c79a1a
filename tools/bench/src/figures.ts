// What a bench measured, beside what was wished for. Pure.
import { table } from '../../dev-stack/src/stack/status-table';

/** One figure with its unit, and its goal where there is one. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | '/s' | 'x' | 'MiB' | '';
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number };
  /** What it was measured on, what it is a median of. */
  readonly note?: string;
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('a median of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Undefined where there is no goal. */
export function isMet({ value, goal }: Figure): boolean | undefined {
  if (!goal) return undefined;
  return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast;
}

export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    number(figure.value),
    figure.unit,
    goalText(figure),
    { true: 'met', false: 'MISSED', undefined: '' }[String(isMet(figure)) as 'true' | 'false' | 'undefined'],
    figure.note ?? '',
  ]);
  return table(['figure', 'value', 'unit', 'goal', '', 'measured on'], rows, ['value']);
}

function goalText({ goal }: Figure): string {
  if (!goal) return '';
  return 'atMost' in goal ? `<= ${goal.atMost}` : `>= ${goal.atLeast}`;
}

function number(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}
