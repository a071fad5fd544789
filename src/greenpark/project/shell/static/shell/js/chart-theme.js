// Themes park-light and park-dark, and the fixed colours of sources.
export const PALETTE = {
  light: ['#2761C4', '#068C66', '#C77A0E', '#1E98D6', '#511182', '#BA0A2F', '#4A5160'],
  dark: ['#4F93FE', '#41D4A1', '#F7CA57', '#B7EFFE', '#B35CAB', '#E56A55', '#A8ADB8'],
};
const MEANING = {
  gas: 0, water: 3, green: 1, solar: 2, grid: 3, storage: 4, heat: 5, coal: 6, ok: 1, warn: 2, bad: 5,
};
const FONT = '"PingFang SC","HarmonyOS Sans SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif';

const INK = {
  light: { ink: '#17202E', ink2: '#46536A', ink3: '#667085', line: '#CBD3DF', split: '#EEF1F6', ground: '#FFFFFF', border: '#E1E6EF' },
  dark: { ink: '#E6EEFA', ink2: '#A9BAD4', ink3: '#8FA6C6', line: '#2A4568', split: '#16294A', ground: '#10233F', border: '#2A4568' },
};

export function inks(dark) {
  return dark ? INK.dark : INK.light;
}

export function colour(name, index, dark) {
  const palette = dark ? PALETTE.dark : PALETTE.light;
  if (name === undefined || name === null) return palette[index % palette.length];
  return palette[name in MEANING ? MEANING[name] : (Number(name) - 1) % palette.length];
}

function theme(dark) {
  const c = inks(dark);
  const axis = {
    axisLine: { lineStyle: { color: c.line } },
    axisTick: { show: false },
    axisLabel: { color: c.ink3, fontSize: 12 },
    splitLine: { show: false },
  };
  return {
    color: dark ? PALETTE.dark : PALETTE.light,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: FONT },
    legend: { icon: 'roundRect', itemWidth: 12, itemHeight: 8, itemGap: 14, textStyle: { color: c.ink2, fontSize: 12 }, pageTextStyle: { color: c.ink3 } },
    tooltip: { backgroundColor: c.ground, borderColor: c.border, borderWidth: 1, padding: [8, 12], textStyle: { color: c.ink, fontSize: 12 } },
    categoryAxis: axis,
    timeAxis: axis,
    valueAxis: {
      axisLine: { show: false },
      axisLabel: { color: c.ink3, fontSize: 12 },
      splitLine: { lineStyle: { color: c.split } },
      nameTextStyle: { color: c.ink3, align: 'left' },
    },
    line: { smooth: false, symbol: 'none', lineStyle: { width: 2 } },
    bar: { barMaxWidth: 22, itemStyle: { borderRadius: [3, 3, 0, 0] } },
  };
}

export function registerThemes(echarts) {
  echarts.registerTheme('park-light', theme(false));
  echarts.registerTheme('park-dark', theme(true));
}
