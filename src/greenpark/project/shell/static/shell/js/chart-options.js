// From the small spec (project/shell/charts.py) to ECharts options. Pure: no DOM.
import { axis, known, moment, num, tick } from './format.js';
import { colour, inks } from './chart-theme.js';

const ZONE_MS = 8 * 3600 * 1000;

export function points(spec) {
  return (spec.series || []).reduce((sum, series) => sum + series.data.length, 0);
}

function escape(text) {
  return String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

function valueText(spec, value) {
  return `${num(value, spec.decimals === undefined ? 1 : spec.decimals)}${spec.unit ? ` ${spec.unit}` : ''}`;
}

function axisTip(spec) {
  return (items) => {
    if (!items.length) return '';
    const at = items[0].dataIndex;
    const head = spec.time ? moment(spec.time[at], true) : spec.x[at];
    const rows = items
      .map((item) => {
        const raw = Array.isArray(item.value) ? item.value[1] : item.value;
        return `${item.marker}${escape(item.seriesName)} <b>${valueText(spec, raw)}</b>`;
      });
    return [escape(head), ...rows].join('<br>');
  };
}

function xAxis(spec) {
  if (!spec.time) {
    return { type: 'category', data: spec.x, boundaryGap: spec.kind === 'bar' || spec.kind === 'stacked', axisLabel: { hideOverlap: true } };
  }
  const span = spec.time.length > 1 ? spec.time[spec.time.length - 1] - spec.time[0] : 0;
  return { type: 'time', axisLabel: { hideOverlap: true, formatter: (ms) => tick(ms - ZONE_MS, span) } };
}

function column(spec, index) {
  const series = spec.series[index];
  if (!spec.time) return series.data;
  return spec.time.map((ms, i) => [ms + ZONE_MS, series.data[i]]); // useUTC: the axis cuts days in the park's zone
}

function drawn(spec, index, dark, large) {
  const series = spec.series[index];
  const as = series.as || { line: 'line', area: 'area', bar: 'bar', stacked: 'bar' }[spec.kind];
  const shade = colour(series.colour, index, dark);
  const stack = series.stack || (as !== 'line' && (spec.kind === 'stacked' || (spec.kind === 'area' && spec.series.length > 1)) ? 'all' : undefined);
  const option = {
    name: series.name,
    type: as === 'bar' ? 'bar' : 'line',
    data: column(spec, index),
    color: shade,
    stack,
    connectNulls: false,
    showSymbol: Boolean(series.symbols) || spec.series[index].data.filter(known).length === 1,
    symbol: 'circle',
    symbolSize: 6,
    emphasis: { disabled: large },
  };
  if (option.type === 'line') {
    option.lineStyle = { width: as === 'area' && stack ? 0 : 2, type: series.dashed ? 'dashed' : 'solid', color: shade };
    if (as === 'area') option.areaStyle = { color: shade, opacity: stack ? 0.72 : 0.14 };
    if (large) option.sampling = 'lttb';
    if (spec.step) option.step = 'end';
  } else {
    option.itemStyle = { color: shade, borderRadius: stack ? 0 : [3, 3, 0, 0], opacity: series.dashed ? 0.5 : 1 };
  }
  return option;
}

function limits(spec, dark) {
  const c = inks(dark);
  return (spec.limits || []).map((limit) => ({
    yAxis: limit.value,
    name: limit.name,
    lineStyle: { color: colour('bad', 0, dark), type: 'dashed', width: 1.5 },
    label: { formatter: `${limit.name} ${num(limit.value, spec.decimals || 0)}`, position: 'insideEndTop', color: c.ink2 },
  }));
}

// The next round number: the axis ends on a tick even when a limit line lies above all values.
function ceiling(value) {
  if (!(value > 0)) return undefined;
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].map((step) => step * unit).find((end) => end >= value * 1.02);
}

function cartesian(spec, dark, narrow) {
  const large = points(spec) > 4000;
  const series = spec.series.map((_, index) => drawn(spec, index, dark, large));
  const lines = limits(spec, dark);
  if (lines.length && series.length) series[0].markLine = { silent: true, symbol: 'none', data: lines };
  const legend = spec.series.length > 1;
  const highest = Math.max(...(spec.limits || []).map((limit) => limit.value), -Infinity);
  return {
    grid: { left: 8, right: narrow ? 12 : 18, top: legend ? 46 : 30, bottom: spec.zoom ? 52 : 6, containLabel: true },
    legend: legend ? { type: 'scroll', top: 0, left: 'center' } : undefined,
    tooltip: { trigger: 'axis', confine: true, formatter: axisTip(spec), axisPointer: { type: spec.kind === 'bar' || spec.kind === 'stacked' ? 'shadow' : 'line' } },
    xAxis: xAxis(spec),
    yAxis: {
      type: 'value',
      name: spec.unit || '',
      scale: Boolean(spec.loose) && spec.kind === 'line',
      min: spec.min,
      max: spec.max === undefined && highest > -Infinity ? (range) => ceiling(Math.max(range.max, highest)) : spec.max,
      axisLabel: { formatter: axis },
      splitNumber: 4,
    },
    dataZoom: spec.zoom
      ? [{ type: 'inside', filterMode: 'none' }, { type: 'slider', height: 18, bottom: 8, filterMode: 'none', showDataShadow: !large, labelFormatter: (v) => (spec.time ? moment(v - ZONE_MS).slice(5) : '') }]
      : undefined,
    series,
  };
}

function ranking(spec, dark, narrow, width) {
  const c = inks(dark);
  const series = spec.series[0];
  const decimals = spec.decimals === undefined ? 1 : spec.decimals;
  return {
    grid: { left: 4, right: narrow ? 64 : 76, top: 4, bottom: 4, containLabel: true },
    tooltip: { trigger: 'axis', confine: true, formatter: axisTip(spec), axisPointer: { type: 'shadow' } },
    xAxis: { type: 'value', axisLabel: { show: false }, splitLine: { show: false }, min: (range) => Math.min(0, range.min) },
    yAxis: { type: 'category', data: spec.x, inverse: true, axisLabel: { color: c.ink, width: narrow ? 96 : Math.min(200, Math.max(120, width * 0.34)), overflow: 'truncate' } },
    series: [{
      name: series.name, type: 'bar', data: series.data, color: colour(series.colour, 0, dark),
      itemStyle: { borderRadius: [0, 3, 3, 0] },
      label: { show: true, position: 'right', color: c.ink2, formatter: (p) => num(p.value, decimals) },
    }],
  };
}

function heatmap(spec, dark) {
  const c = inks(dark);
  const values = spec.values.map((v) => v[2]).filter(known);
  const low = Math.min(...values, 0);
  return {
    grid: { left: 8, right: 12, top: 8, bottom: 44, containLabel: true },
    tooltip: { confine: true, formatter: (p) => `${escape(spec.y[p.value[1]])} ${escape(spec.x[p.value[0]])}<br><b>${valueText(spec, p.value[2])}</b>` },
    xAxis: { type: 'category', data: spec.x, axisLabel: { hideOverlap: true } },
    yAxis: { type: 'category', data: spec.y, inverse: true },
    visualMap: { min: low, max: Math.max(...values, low + 1e-9), calculable: false, orient: 'horizontal', left: 'center', bottom: 0, itemHeight: 120, itemWidth: 10, textStyle: { color: c.ink3 }, formatter: (v) => axis(Number(v.toPrecision(3))), inRange: { color: dark ? ['#0F2A4D', '#2E6FD8', '#F7CA57'] : ['#EEF4FD', '#7FA9E8', '#2761C4', '#153F8A'] } },
    series: [{ type: 'heatmap', data: spec.values, itemStyle: { borderColor: c.ground, borderWidth: 1 } }],
  };
}

function sankey(spec, dark, narrow) {
  const c = inks(dark);
  return {
    tooltip: { confine: true, formatter: (p) => (p.dataType === 'edge' ? `${escape(p.data.source)} → ${escape(p.data.target)}` : escape(p.name)) + `<br><b>${valueText(spec, p.value)}</b>` },
    series: [{
      type: 'sankey', left: 8, right: narrow ? 88 : 140, top: 10, bottom: 10, nodeGap: 10, nodeWidth: 14, draggable: false,
      data: spec.nodes.map((name, i) => ({ name, itemStyle: { color: colour((spec.colours || {})[name], i, dark) } })),
      links: spec.links,
      lineStyle: { color: 'source', opacity: 0.32, curveness: 0.5 },
      label: { color: c.ink, fontSize: 12, width: narrow ? 84 : 130, overflow: 'truncate' },
    }],
  };
}

const BUILDERS = { line: cartesian, area: cartesian, bar: cartesian, stacked: cartesian, ranking, heatmap, sankey };

export function option(spec, { dark = false, narrow = false, width = 600, title = '' } = {}) {
  return {
    animation: false,
    useUTC: true,
    aria: { enabled: true, label: { description: title }, decal: { show: false } },
    ...BUILDERS[spec.kind](spec, dark, narrow, width),
  };
}
