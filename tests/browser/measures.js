// Measures a page in the browser. Each function returns what it finds as plain data; problems are sentences.
var MOST = 5

function shown(list) {
  return list.length > MOST ? [...list.slice(0, MOST), `and ${list.length - MOST} more of: ${list[0].split(':')[0]}`] : list
}

function name(element) {
  const kind = element.tagName.toLowerCase()
  const words = (element.id ? `#${element.id}` : '') + (element.className && element.className.baseVal === undefined ? `.${element.className}` : '')
  return `${kind}${words} "${(element.textContent || '').trim().slice(0, 60)}"`
}

function unfold() {
  document.querySelectorAll('details').forEach((part) => { part.open = true })
}

function fold() {
  document.querySelectorAll('details').forEach((part) => { part.open = false })
}

function visible(element) {
  return element.checkVisibility() && element.getClientRects().length > 0
}

// What is wider than the page, or wider than the cell, the line or the button that it is in.
function layoutProblems() {
  const out = []
  const page = document.documentElement
  if (page.scrollWidth > page.clientWidth) out.push(`the page is ${page.scrollWidth} px wide and scrolls sideways`)
  const escaping = [], clipped = [], covered = []
  for (const element of document.querySelectorAll('body *')) {
    if (element.closest('svg') || !visible(element) || element.classList.contains('skip')) continue
    const inside = element.closest('.scroll, pre') // blanks at the end of a line of code hang over its edge
    const box = element.getBoundingClientRect()
    if ((!inside || inside === element) && (box.right > page.clientWidth + 1 || box.left < -1)) escaping.push(`beyond the edge: ${name(element)}`)
    const style = getComputedStyle(element)
    const scrolls = ['auto', 'scroll'].includes(style.overflowX)
    if (style.display !== 'inline' && !scrolls && element.scrollWidth > element.clientWidth + 1 && element.clientWidth) {
      clipped.push(`text leaves its box: ${name(element)} ${element.scrollWidth} > ${element.clientWidth}`)
    }
    if (scrolls && element.scrollWidth > element.clientWidth && element.tabIndex < 0) covered.push(`scrolls, but not with the keyboard: ${name(element)}`)
    if (scrolls && element.scrollHeight > element.clientHeight + 1 && style.overflowY !== 'visible' && !element.classList.contains('scroll')) {
      covered.push(`scrolls downwards: ${name(element)}`)
    }
  }
  return [...out, ...shown(escaping), ...shown(clipped), ...shown(covered)]
}

function overlap(one, other) {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left)
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top)
  return width > 0.5 && height > 0.5
}

function contains(outer, inner) {
  return inner.left >= outer.left - 0.5 && inner.right <= outer.right + 0.5 && inner.top >= outer.top - 0.5 && inner.bottom <= outer.bottom + 0.5
}

// The box that a line runs behind, so that it seems to begin or end there.
function passed(line, boxes) {
  const area = rectangle(line) // a straight line has no width
  const near = boxes.filter((box) => area.right > box.left && area.left < box.right && area.bottom > box.top && area.top < box.bottom)
  const length = near.length ? line.getTotalLength() : 0
  for (let along = 0; along < length; along += 8) {
    const { x, y } = line.getPointAtLength(along)
    const crossed = near.find((box) => x > box.left + 3 && x < box.right - 3 && y > box.top + 3 && y < box.bottom - 3)
    if (crossed) return crossed
  }
}

function rectangle(element) {
  const box = element.getBBox()
  return { left: box.x, top: box.y, right: box.x + box.width, bottom: box.y + box.height, element }
}

// Labels that overlap, or are outside of their box or of the picture.
function pictureProblems() {
  return [...document.querySelectorAll('svg.picture')].flatMap((svg) => shown(problemsOfPicture(svg)))
}

function problemsOfPicture(svg) {
  const out = []
  const texts = [...svg.querySelectorAll('text')].map(rectangle).sort((one, other) => one.top - other.top)
  for (let first = 0; first < texts.length; first++) {
    for (let second = first + 1; second < texts.length && texts[second].top < texts[first].bottom; second++) {
      // Lines of one box may touch: their boxes have room for letters that no label has.
      const sameBox = texts[first].element.parentElement === texts[second].element.parentElement && texts[first].element.parentElement.tagName === 'g'
      const stacked = sameBox && Math.abs(texts[first].element.y.baseVal[0].value - texts[second].element.y.baseVal[0].value) > 8
      if (!stacked && overlap(texts[first], texts[second])) out.push(`labels overlap: ${name(texts[first].element)} and ${name(texts[second].element)}`)
    }
  }
  const boxes = []
  for (const box of svg.querySelectorAll('g')) {
    const rects = box.querySelectorAll(':scope > rect')
    if (!rects.length) continue
    const outline = rectangle(rects[rects.length - 1])
    if (!box.classList.contains('group')) boxes.push(outline)
    for (const text of box.querySelectorAll(':scope > text')) {
      if (!contains(outline, rectangle(text))) out.push(`label leaves its box: ${name(text)}`)
    }
  }
  const groups = [...svg.querySelectorAll('g.group')].map((group) => rectangle(group.querySelector(':scope > rect')))
  for (const heading of svg.querySelectorAll('text.heading')) {
    const place = rectangle(heading)
    if (!groups.some((group) => contains(group, place))) out.push(`heading leaves its group: ${name(heading)}`)
    if (boxes.some((box) => overlap(box, place))) out.push(`heading is over a box: ${name(heading)}`)
  }
  boxes.sort((one, other) => one.top - other.top)
  for (let first = 0; first < boxes.length; first++) {
    for (let second = first + 1; second < boxes.length && boxes[second].top < boxes[first].bottom; second++) {
      if (overlap(boxes[first], boxes[second])) out.push('boxes overlap')
    }
  }
  for (const line of svg.querySelectorAll('path.line')) {
    const crossed = passed(line, boxes)
    if (crossed) out.push(`a line runs behind a box: ${name(line)} and ${name(crossed.element.parentElement)}`)
  }
  const view = svg.viewBox.baseVal
  const whole = { left: view.x, top: view.y, right: view.x + view.width, bottom: view.y + view.height }
  for (const part of [...texts, ...boxes, ...groups, ...[...svg.querySelectorAll('path')].map(rectangle)]) {
    if (!contains(whole, part)) out.push(`is cut by the edge of the picture: ${name(part.element)}`)
  }
  return out
}

// On paper nothing scrolls and nothing opens.
function paperProblems() {
  const width = document.documentElement.clientWidth
  const out = []
  for (const element of document.querySelectorAll('main *, header *, footer *')) {
    if (!visible(element) || !element.getClientRects().length) continue
    const box = element.getBoundingClientRect()
    if (box.right > width + 1 && box.width > 0) out.push(`is cut by the edge: ${name(element)} ${Math.round(box.right)} > ${width}`)
  }
  for (const part of document.querySelectorAll('details > :not(summary)')) {
    if (part.textContent.trim() && !part.checkVisibility()) out.push(`is folded: ${name(part)}`)
  }
  return shown(out)
}

function reachable() {
  return [...document.querySelectorAll('a[href], summary, [tabindex="0"]')].filter((element) => element.checkVisibility())
}

// Puts the focus on the first part that Tab leads to, and returns how many there are.
function numberReachable() {
  const parts = reachable()
  parts.forEach((element, number) => { element.placeInOrder = number })
  if (parts.length) parts[0].focus()
  return parts.length
}

function opensWithEnter() {
  const first = document.querySelector('details > summary')
  if (first) first.focus()
  return Boolean(first)
}

// The number of the part that has the focus, and what is wrong with how it is shown.
function focused() {
  const element = document.activeElement
  const style = getComputedStyle(element)
  const frame = element.querySelector(':scope rect:last-of-type')
  const outlined = style.outlineStyle === 'auto' || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)
  const framed = frame && parseFloat(getComputedStyle(frame).strokeWidth) >= 3
  const box = element.getBoundingClientRect()
  const inView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
  let problem = ''
  if (!outlined && !framed) problem = `not visible: ${name(element)}`
  else if (!inView) problem = `outside of the window: ${name(element)}`
  return [element.placeInOrder ?? -1, problem]
}
