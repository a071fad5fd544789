// The data of a chart as CSV: UTF-8 with BOM, RFC 4180, text that a spreadsheet would run as a formula is defused.
import { moment } from './format.js';
import { word } from './words.js';

const BOM = '\uFEFF';

export function cell(value) {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

function withUnit(spec, name) {
  return spec.unit ? `${name}（${spec.unit}）` : name;
}

export function rows(spec) {
  if (spec.kind === 'sankey') {
    return [[word('from'), word('to'), withUnit(spec, word('value'))], ...spec.links.map((l) => [l.source, l.target, l.value])];
  }
  if (spec.kind === 'heatmap') {
    return [[spec.y_title || '', spec.x_title || '', withUnit(spec, word('value'))], ...spec.values.map(([x, y, v]) => [spec.y[y], spec.x[x], v])];
  }
  const head = [spec.x_title || word(spec.time ? 'time' : 'item'), ...spec.series.map((s) => withUnit(spec, s.name))];
  const labels = spec.time ? spec.time.map((ms) => moment(ms, true)) : spec.x;
  return [head, ...labels.map((label, i) => [label, ...spec.series.map((s) => s.data[i])])];
}

export function csv(spec) {
  return BOM + rows(spec).map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

export function save(spec, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([csv(spec)], { type: 'text/csv;charset=utf-8' }));
  link.download = `${name || 'data'}.csv`;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
