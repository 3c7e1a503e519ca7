// Where ONNX Runtime leaves the standard (docs/onnxruntime.md). A case that
// mismatches and is one of these is counted apart.

// Those that the rules know: they say which shape is read there, and that has
// to be the shape that came out. An output that went through a Cast has the
// reading of the value before it.
function known(c, theirs, ours) {
  let what
  for (const name of c.results) {
    const reading = (ours.values?.[name.replace(/f$/, '')] || {}).runtime
    const same =
      reading?.shape?.length === theirs[name].dims.length &&
      reading.shape.every((d, axis) => d === null || d === theirs[name].dims[axis])
    if (reading && same) what = reading.what
    else if (reading) return undefined
  }
  return what
}

const attr = (c, name) => {
  const value = c.nodes[0].attrs?.[name]
  return value && Object.values(value)[0]
}

// Others, by what is characteristic of them.
const OTHERS = [
  {
    name: 'negative pads of a convolution',
    is: (c, theirs, ours) =>
      /Conv/.test(c.op) &&
      attr(c, 'pads')?.some(p => p < 0) &&
      /'pads' has -/.test(ours.refused),
  },
  {
    name: 'scan outputs of a Loop of no trips',
    is: (c, theirs) =>
      c.op === 'Loop' && c.tensors[1].data[0] === 0 && theirs.y1.dims[0] === 0,
  },
  {
    name: 'keepdims of a SplitToSequence with parts',
    is: c =>
      c.op === 'SplitToSequence' && c.tensors.length > 1 && attr(c, 'keepdims') === 0,
  },
  {
    name: 'a resize to the own size of an axis',
    is: (c, theirs, ours) =>
      ['Resize', 'Upsample'].includes(c.op) &&
      ours.values?.y0?.data &&
      c.tensors[0].dims.some((d, axis) => d === theirs.y0.dims[axis]),
  },
  {
    name: 'wrapping pads beyond their axis',
    is: c =>
      c.op === 'Pad' &&
      attr(c, 'mode') === 'wrap' &&
      c.tensors[1].data.some(p => p > Math.min(...c.tensors[0].dims)),
  },
  {
    name: 'halves in a Cast to 4 bits',
    is: c =>
      c.op === 'Cast' &&
      /int4/.test(attr(c, 'to')) &&
      c.tensors[0].data.some(x => x % 1),
  },
  {
    name: 'negative axes of a reduction of no elements',
    is: c =>
      /^Reduce/.test(c.op) &&
      c.tensors[0].dims.includes(0) &&
      c.tensors[1]?.data.some(axis => axis < 0),
  },
  {
    name: 'a total of GroupQueryAttention that is not known',
    is: (c, theirs) =>
      c.op === 'com.microsoft:GroupQueryAttention' &&
      c.tensors[3] &&
      !c.tensors[6].constant &&
      theirs.y1.dims[2] === c.tensors[3].dims[2],
  },
]

// The name of the departure that explains a mismatch, or undefined.
export const departure = (c, theirs, ours) =>
  known(c, theirs, ours) || OTHERS.find(d => d.is(c, theirs, ours))?.name
