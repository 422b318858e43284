/** Draws a ChartModel with ECharts. This file is loaded only when a page shows a chart. */

import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import { init, use, type EChartsType } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import type { About } from '../export/about'
import { picture } from '../export/picture'
import { formatCount, formatNumber, formatShare } from '../format'
import type { ChartModel, Series } from './chart'

export interface Words {
  notRecorded: string
  unfinished: string
  pending: string
}

export interface Drawing {
  /** Draws again, with new data or new colours. */
  update(model: ChartModel): void
  /** To the room there is, or to a width that is given (of a printed page). */
  resize(width?: number): void
  /** As a picture with its text around it. */
  picture(text: About): Promise<Blob>
  dispose(): void
}

/** `onPick` is called with the series' measure and the report's row when a bar or point is pressed. */
export function draw(element: HTMLElement, model: ChartModel, words: Words, onPick: (measure: string, row: number) => void): Drawing {
  use([BarChart, LineChart, GridComponent, MarkLineComponent, TooltipComponent, CanvasRenderer])
  const chart = init(element, null, { renderer: 'canvas' })
  let current = model
  const update = (next: ChartModel) => {
    current = next
    chart.setOption(option(element, next, words), { notMerge: true })
  }
  update(model)
  chart.on('click', (event) => {
    const series = current.series[drawnSeries(current, event.seriesIndex ?? -1)]
    const row = series?.rows[event.dataIndex] ?? -1
    if (series && row >= 0) onPick(series.measure, row)
  })
  const resize = (width?: number) => {
    chart.resize(width === undefined ? {} : { width })
    update(current)
  }
  const asPicture = (text: About) => toPicture(element, chart, current, text, words)
  return { update, resize, picture: asPicture, dispose: () => chart.dispose() }
}

function toPicture(element: HTMLElement, chart: EChartsType, model: ChartModel, text: About, words: Words): Promise<Blob> {
  const colour = colours(element)
  const ground = colour('--surface')
  const canvas = chart.renderToCanvas({ pixelRatio: 2, backgroundColor: ground })
  const hidden = model.hidden?.flat().find((one) => one !== undefined)
  const legend = [
    ...model.series.map((one) => ({ name: one.name, colour: colour(one.tone) })),
    ...(model.missing.includes(true) ? [{ name: words.notRecorded, colour: colour('--ink-3'), hatched: true }] : []),
    ...(model.unfinished.includes(true) ? [{ name: words.unfinished, colour: colour('--data-returning'), hatched: true }] : []),
    ...(hidden ? [{ name: hidden, colour: colour('--line-strong') }] : []),
  ]
  const style = getComputedStyle(document.documentElement)
  const paper = { ground, ink: colour('--ink'), muted: colour('--ink-2'), sans: style.getPropertyValue('--sans'), serif: style.getPropertyValue('--serif') }
  return picture(canvas, chart.getWidth(), chart.getHeight(), text, legend, paper)
}

/** Which series a drawn one belongs to: after the series come the column of what is missing and the open ends of lines. */
function drawnSeries(model: ChartModel, index: number): number {
  return index > model.series.length ? index - model.series.length - 1 : index
}

type Colour = (token: string) => string

/** Colours as the browser shows them now: the tokens follow the theme. */
function colours(element: HTMLElement): Colour {
  const probe = document.createElement('span')
  element.parentElement?.append(probe)
  const cache = new Map<string, string>()
  queueMicrotask(() => probe.remove())
  return (token) => {
    const known = cache.get(token)
    if (known !== undefined) return known
    probe.style.color = `var(${token})`
    const value = getComputedStyle(probe).color
    cache.set(token, value)
    return value
  }
}

/** Diagonal lines, for "not recorded" and "unfinished". */
function hatch(line: string, ground: string | null): object | string {
  const size = 8
  const canvas = document.createElement('canvas')
  canvas.width = size
  canvas.height = size
  const context = canvas.getContext('2d')
  if (!context) return line
  if (ground) {
    context.globalAlpha = 0.35
    context.fillStyle = ground
    context.fillRect(0, 0, size, size)
    context.globalAlpha = 1
  }
  context.strokeStyle = line
  context.lineWidth = 1.2
  for (const shift of [-size, 0, size]) {
    context.beginPath()
    context.moveTo(shift, size)
    context.lineTo(shift + size, 0)
    context.stroke()
  }
  return { image: canvas, repeat: 'repeat' }
}

function format(model: ChartModel, value: number): string {
  if (model.share) return formatShare(value)
  return Number.isInteger(value) ? formatCount(value) : formatNumber(value)
}

function option(element: HTMLElement, model: ChartModel, words: Words): Parameters<EChartsType['setOption']>[0] {
  const colour = colours(element)
  // What is drawn below the axis as a loss is told by its size; what is negative by itself keeps its sign.
  const downwards = model.series.some((one) => one.negative)
  const font = getComputedStyle(element).fontFamily
  const text = { color: colour('--ink-3'), fontFamily: font, fontSize: 12 }
  return {
    animation: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    animationDuration: 260,
    grid: { left: 4, right: 12, top: 12, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    textStyle: text,
    xAxis: [
      {
        type: 'category',
        data: model.categories,
        axisTick: { show: false },
        axisLine: { onZero: true, lineStyle: { color: colour('--line-strong') } },
        axisLabel: { ...text, lineHeight: 16, overflow: 'truncate', ...labelRoom(element.clientWidth, model.categories) },
      },
      // What is not recorded has an axis of its own, so that it takes no room from the bars.
      { type: 'category', data: model.categories, show: false },
    ],
    yAxis: [
      {
        type: 'value',
        minInterval: model.share ? 0 : 1,
        ...(model.share ? { max: shareTop(model) } : {}),
        axisLabel: { ...text, formatter: (value: number) => (model.share ? `${Math.round(value * 100)} %` : formatCount(downwards ? Math.abs(value) : value)) },
        splitLine: { lineStyle: { color: colour('--line') } },
      },
      { type: 'value', show: false, min: 0, max: 1 },
    ],
    tooltip: {
      trigger: 'axis',
      confine: true,
      transitionDuration: 0.15,
      axisPointer: { type: model.form === 'bar' ? 'shadow' : 'line', shadowStyle: { color: colour('--ink'), opacity: 0.045 }, lineStyle: { color: colour('--line-strong') } },
      padding: 0,
      borderWidth: 0,
      backgroundColor: 'transparent',
      shadowBlur: 0,
      shadowColor: 'transparent',
      formatter: (hit: unknown) => tooltip(model, words, hit),
    },
    series: [...model.series.map((one) => seriesOption(model, one, colour)), missingOption(model, colour), hiddenOption(model, colour), ...openEnds(model, colour)],
  } as Parameters<EChartsType['setOption']>[0]
}

/** Few labels are all shown, in the room that each has; of many, as many as fit. */
function labelRoom(width: number, labels: string[]): object {
  const perLetter = 6.6
  const longest = Math.max(...labels.flatMap((label) => label.split('\n')).map((line) => line.length * perLetter))
  const each = (width - 60) / labels.length - 10
  return each >= Math.min(longest, 76) ? { interval: 0, width: Math.floor(each) } : { hideOverlap: true, width: 96 }
}

/** Shares get an axis up to 100 % unless all of them are small. */
function shareTop(model: ChartModel): number {
  const top = Math.max(0, ...model.series.flatMap((one) => one.values.map((value) => value ?? 0)))
  return top > 0.5 ? 1 : Math.ceil(top * 10) / 10 || 1
}

function isOpen(model: ChartModel, series: Series, index: number): boolean {
  return (series.unfinished ?? model.unfinished)[index] ?? false
}

function seriesOption(model: ChartModel, series: Series, colour: Colour): object {
  const own = colour(series.tone)
  const data = series.values.map((value, i) => {
    const shown = value === null ? null : series.negative ? -value : value
    if (!isOpen(model, series, i)) return shown
    // The line ends where what is over ends; openEnds draws the rest.
    if (model.form === 'line') return null
    return { value: shown, itemStyle: { color: hatch(own, own), borderColor: own, borderWidth: 1 } }
  })
  if (model.form === 'line') return lineOption(model, series, data, colour)
  return {
    type: 'bar',
    name: series.name,
    data,
    ...(model.stacked ? { stack: 'all' } : {}),
    barMaxWidth: 38,
    barCategoryGap: '30%',
    barGap: '12%',
    itemStyle: { color: own },
    emphasis: { itemStyle: { opacity: 0.85 } },
    cursor: 'pointer',
  }
}

/**
 * Where the period is not over there is a hollow point; the line goes on to it, dashed, if it has risen already: what is unfinished never looks
 * like a fall.
 */
function openEnds(model: ChartModel, colour: Colour): object[] {
  if (model.form !== 'line') return []
  return model.series.map((series) => {
    const own = colour(series.tone)
    const data = series.values.map((value, i) => {
      const shown = value === null ? null : series.negative ? -value : value
      if (isOpen(model, series, i)) return shown
      const next = series.values[i + 1] ?? null
      const risen = isOpen(model, series, i + 1) && value !== null && next !== null && next >= value
      return risen ? { value: shown, symbol: 'none' } : null
    })
    return {
      type: 'line',
      name: series.name,
      data,
      connectNulls: false,
      symbol: 'emptyCircle',
      symbolSize: 7,
      itemStyle: { color: own },
      lineStyle: { color: own, width: 1.5, type: [4, 4], opacity: 0.75 },
    }
  })
}

/** A line through what is over. */
function lineOption(model: ChartModel, series: Series, data: unknown[], colour: Colour): object {
  const own = colour(series.tone)
  const crowded = model.categories.length > 60
  return {
    type: 'line',
    name: series.name,
    data,
    connectNulls: false,
    symbol: 'circle',
    symbolSize: crowded ? 0 : 6,
    itemStyle: { color: own },
    lineStyle: { color: own, width: 2 },
    cursor: 'pointer',
    ...(model.marks && series === model.series[0] ? { markLine: markOption(model.marks, colour) } : {}),
  }
}

function markOption(marks: NonNullable<ChartModel['marks']>, colour: Colour): object {
  const line = { color: colour('--ink-3'), type: 'dashed', width: 1 }
  return {
    silent: true,
    symbol: 'none',
    animation: false,
    lineStyle: line,
    data: [
      { yAxis: marks.value, label: { formatter: marks.text, position: 'insideEndTop', color: colour('--ink-3') } },
      ...(marks.category < 0 ? [] : [{ xAxis: marks.category, label: { formatter: '{c}', show: false } }]),
    ],
  }
}

/** What is not recorded: a hatched column on a scale of its own. It has a height but no value. */
function missingOption(model: ChartModel, colour: Colour): object {
  return {
    type: 'bar',
    name: '',
    xAxisIndex: 1,
    yAxisIndex: 1,
    data: model.missing.map((missing) => (missing ? 1 : null)),
    barWidth: '62%',
    barMaxWidth: 64,
    silent: true,
    itemStyle: { color: hatch(colour('--line-strong'), null) },
    z: 0,
  }
}

/** What the shareable view leaves out: a dotted box of no particular height above the axis. */
function hiddenOption(model: ChartModel, colour: Colour): object {
  const any = model.categories.map((_, i) => model.hidden?.some((series) => series[i] !== undefined) ?? false)
  return {
    type: 'bar',
    name: '',
    xAxisIndex: 1,
    yAxisIndex: 1,
    data: any.map((hidden) => (hidden ? 0.05 : null)),
    barWidth: '40%',
    barMaxWidth: 38,
    barGap: '-100%',
    silent: true,
    itemStyle: { color: 'transparent', borderColor: colour('--ink-3'), borderWidth: 1, borderType: 'dotted' },
    z: 1,
  }
}

/** Built as elements: text is never read as HTML, and no style attribute meets the Content-Security-Policy. */
function tooltip(model: ChartModel, words: Words, hit: unknown): HTMLElement {
  const first = (Array.isArray(hit) ? hit[0] : hit) as { dataIndex?: number } | undefined
  const index = first?.dataIndex ?? 0
  const box = document.createElement('div')
  box.className = 'chart-tip'
  const title = document.createElement('strong')
  title.textContent = (model.categories[index] ?? '').replace('\n', ' · ')
  box.append(title)
  if (model.unfinished[index]) box.append(line(words.unfinished, '', ''))
  if (model.missing[index]) box.append(line(words.notRecorded, '', ''))
  else {
    for (const [at, series] of model.series.entries()) {
      const value = series.values[index] ?? null
      const absent = model.hidden?.[at]?.[index] ?? (series.absent?.[index] || (model.unfinished[index] ? words.pending : words.notRecorded))
      box.append(line(series.name, value === null ? absent : format(model, value), series.tone))
    }
  }
  return box
}

function line(name: string, value: string, tone: string): HTMLElement {
  const row = document.createElement('span')
  if (tone) {
    const dot = document.createElement('i')
    dot.style.background = `var(${tone})`
    row.append(dot)
  }
  const label = document.createElement('span')
  label.textContent = name
  const number = document.createElement('b')
  number.textContent = value
  row.append(label, number)
  return row
}
