import type { About } from './about'

export interface Legend {
  name: string
  colour: string
  /** Drawn as lines rather than filled: not recorded, not over. */
  hatched?: boolean
}

export interface Paper {
  ground: string
  ink: string
  muted: string
  sans: string
  serif: string
}

const scale = 2
const margin = 28

/** Breaks a text into lines that fit the width. */
export function wrap(text: string, width: number, measure: (line: string) => number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && measure(longer) > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return line === '' ? lines : [...lines, line]
}

const side = 10

function swatch(context: CanvasRenderingContext2D, one: Legend, left: number, top: number): void {
  context.fillStyle = one.colour
  context.strokeStyle = one.colour
  if (!one.hatched) {
    context.fillRect(left, top, side, side)
    return
  }
  context.strokeRect(left + 0.5, top + 0.5, side - 1, side - 1)
  context.beginPath()
  for (const shift of [0, side / 2]) {
    context.moveTo(left + shift, top + side)
    context.lineTo(left + side, top + shift)
  }
  context.stroke()
}

/** A chart as a picture that stands for itself: title and legend above it, definition, filters, zone and as-of below. */
export async function picture(chart: HTMLCanvasElement, width: number, height: number, text: About, legend: Legend[], paper: Paper): Promise<Blob> {
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  if (!context) throw new Error('draw the picture: no canvas')
  const small = `12px ${paper.sans}`
  context.font = small
  const below = [text.definition, ...text.lines].flatMap((one) => [...wrap(one, width, (line) => context.measureText(line).width), ''])
  const top = margin + 62
  canvas.width = (width + 2 * margin) * scale
  canvas.height = (top + height + 20 + below.length * 17 + margin) * scale
  context.scale(scale, scale)
  context.fillStyle = paper.ground
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.textBaseline = 'top'
  context.fillStyle = paper.ink
  context.font = `600 22px ${paper.serif}`
  context.fillText(text.title, margin, margin)
  context.font = small
  let left = margin
  for (const one of legend) {
    swatch(context, one, left, margin + 38)
    context.fillStyle = paper.muted
    context.fillText(one.name, left + 16, margin + 37)
    left += 32 + context.measureText(one.name).width
  }
  context.drawImage(chart, margin, top, width, height)
  context.fillStyle = paper.muted
  for (const [i, line] of below.entries()) context.fillText(line, margin, top + height + 20 + i * 17)
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('draw the picture: no image'))), 'image/png')
  })
}
