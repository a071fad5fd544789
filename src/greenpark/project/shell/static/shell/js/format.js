// Figures and times, the same way as the template filters num, cn and moment.
const ZONE_MS = 8 * 3600 * 1000; // Asia/Shanghai has had no daylight saving since 1991

export function known(value) {
  return typeof value === 'number' && Number.isFinite(value);
}

export function num(value, decimals) {
  if (!known(value)) return '—';
  const fixed = value.toFixed(decimals);
  const [whole, fraction] = (Number(fixed) === 0 ? fixed.replace('-', '') : fixed).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return fraction ? `${grouped}.${fraction}` : grouped;
}

// Axis labels: 万 and 亿 from 10,000 on; plain below, without needless zeros.
export function axis(value) {
  const size = Math.abs(value);
  if (size >= 1e8) return `${trim(value / 1e8)} 亿`;
  if (size >= 1e4) return `${trim(value / 1e4)} 万`;
  return trim(value);
}

function trim(value) {
  return String(Number(value.toPrecision(6)));
}

const two = (n) => String(n).padStart(2, '0');

// 2026-11-22 09:15 of UTC milliseconds, in the park's zone whatever the computer's zone is.
export function moment(ms, seconds = false) {
  const d = new Date(ms + ZONE_MS);
  const day = `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
  const time = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
  return seconds && d.getUTCSeconds() ? `${day} ${time}:${two(d.getUTCSeconds())}` : `${day} ${time}`;
}

// Axis label of a time: the day at midnight, else the time of day.
export function tick(ms, span) {
  const full = moment(ms);
  if (span > 80 * 86400e3) return full.slice(0, 7);
  if (span > 3 * 86400e3 || full.endsWith('00:00')) return full.slice(5, 10);
  return full.slice(11);
}
