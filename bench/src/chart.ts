import * as echarts from 'echarts'
import { idOf, type Series } from './series.js'
import { median, threeDigits } from './statistics.js'

export type Chart = BarChart | LineChart

type BarChart = {
  kind: 'bars'
  /** The file is named for it. */
  name: string
  title: string
  unit: string
  /** What the bars are of, from the top. Without it each key is a group of its own. */
  groups?: readonly string[]
  /** Keys of series: in each group a bar for each, with its median, and a line from its least to its most. */
  bars: readonly string[]
  logarithmic?: boolean
}

type LineChart = {
  kind: 'lines'
  name: string
  title: string
  x: string
  y: string
  lines: { name: string; points: [x: number, y: number][] }[]
}

// Grey that can be read on white and on black alike, as are the colours; the background is left to the page.
const ink = '#7d8590'
const faint = '#7d859040'
const colours = ['#3b82f6', '#e0823d', '#2da44e', '#a371f7', '#d1495b', '#1b9aaa']
const width = 860
const text = { color: ink, fontFamily: 'sans-serif', fontSize: 13 }

// There is no canvas here to measure text with, so it is taken to be wide rather than cut off.
echarts.setPlatformAPI({ measureText: (measured) => ({ width: 7.4 * measured.length }) })

/** The chart as SVG. */
export function drawChart(chart: Chart, series: Series[]): string {
  const { height, ...options } = chart.kind === 'bars' ? barChart(chart, series) : lineChart(chart)
  const drawing = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height })
  drawing.setOption({
    animation: false,
    backgroundColor: 'transparent',
    textStyle: text,
    color: colours,
    title: { text: chart.title, left: 0, top: 0, textStyle: { ...text, fontSize: 15 } },
    ...options,
  })
  const svg = drawing.renderToSVGString()
  // Without it the process does not end.
  drawing.dispose()
  return svg
}

const axis = { axisLabel: text, axisLine: { lineStyle: { color: ink } }, nameTextStyle: text, nameLocation: 'middle' }
const valueAxis = { ...axis, splitLine: { lineStyle: { color: faint } } }
const legend = { top: 30, left: 0, textStyle: text }

function barChart({ groups, bars, unit, logarithmic = false }: BarChart, all: Series[]) {
  const find = (id: string) => {
    const found = all.find((one) => idOf(one) === id)
    if (!found) throw new Error(`a chart names "${id}", which was not measured`)
    return found
  }
  // One list of bars a colour, each with one entry a group.
  const lists = groups
    ? bars.map((key) => groups.map((group) => find(`${group}/${key}`)))
    : [bars.map((key) => find(key))]
  const labels = groups ?? bars.map((key) => find(key).name)
  const hasLegend = lists.length > 1
  const barWidth = 14
  const top = hasLegend ? 64 : 40

  return {
    height: top + 50 + labels.length * (14 + lists.length * (barWidth + 4)),
    grid: { left: 8, right: 80, top, bottom: 40, containLabel: true },
    ...(hasLegend && { legend: { ...legend, data: lists.map(([first]) => first?.name ?? '') } }),
    xAxis: { ...valueAxis, type: logarithmic ? 'log' : 'value', name: unit, nameGap: 28 },
    yAxis: { ...axis, type: 'category', data: [...labels], inverse: true, axisTick: { show: false } },
    series: lists.flatMap((list, index) => [
      {
        type: 'bar',
        name: list[0]?.name ?? '',
        data: list.map(({ samples }) => median(samples)),
        barWidth,
        itemStyle: { color: colours[index] },
        barGap: '25%',
        label: {
          ...text,
          show: true,
          position: 'right',
          formatter: (bar: { value: number }) => threeDigits(bar.value),
        },
      },
      spreadLines(list, (index - (lists.length - 1) / 2) * barWidth * 1.25 + barWidth / 2 - 1),
    ]),
  }
}

/** A thin line from the least to the most sample of each bar, along its lower edge. `offset` is from the middle of the group. */
const spreadLines = (list: Series[], offset: number) => ({
  type: 'custom',
  data: list.map(({ samples }, index) => [index, Math.min(...samples), Math.max(...samples)]),
  encode: { x: [1, 2], y: 0 },
  renderItem: (_: unknown, api: { value: (index: number) => number; coord: (at: number[]) => number[] }) => {
    const [x1 = 0, y = 0] = api.coord([api.value(1), api.value(0)])
    const [x2 = 0] = api.coord([api.value(2), api.value(0)])
    return { type: 'line', shape: { x1, y1: y + offset, x2, y2: y + offset }, style: { stroke: ink, lineWidth: 2 } }
  },
})

const lineChart = ({ x, y, lines }: LineChart) => ({
  height: 400,
  grid: { left: 24, right: 20, top: 66, bottom: 40, containLabel: true },
  legend,
  xAxis: { ...valueAxis, type: 'value', name: x, nameGap: 28 },
  yAxis: { ...valueAxis, type: 'value', name: y, nameGap: 48, min: 0 },
  series: lines.map(({ name, points }) => ({ type: 'line', name, data: points, showSymbol: points.length < 20 })),
})
