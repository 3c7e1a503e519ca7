// Where elements go: their values stay.
import { ALL, FLOATS, NUMBERS, i, ints, s } from '../random.js'

const product = dims => dims.reduce((a, b) => a * b, 1)

// Sizes whose product is n.
function factors(r, n) {
  const out = []
  for (let left = r.int(0, 3); left && n > 1; left--) {
    const d = r.pick([...Array(n).keys()].map(k => k + 1).filter(k => n % k == 0))
    out.push(d)
    n /= d
  }
  return [...out, n]
}

const axesAs = (v, since, r, axes, name = 'axes') =>
  v < since
    ? { attrs: { [name]: ints(axes) }, in: [] }
    : { attrs: {}, in: [r.list(axes)] }

const scatterAxis = (r, v, op) => {
  const type = r.type([...NUMBERS, 'bool', 'string'])
  const dims = r.dims(1, 4),
    axis = r.axis(dims.length)
  const a = axis < 0 ? axis + dims.length : axis
  const size = dims[a]
  const sub = dims.map((d, k) => (k === a ? r.int(0, 4) : r.int(0, d)))
  const range = size ? [-size, size - 1] : [0, 0]
  let count = product(sub)
  const index = r.tensor(r.pick(['int32', 'int64']), sub, {
    from: range[0],
    to: range[1],
  })
  const reduction =
    op === 'ScatterElements' && v >= 16 && r.chance()
      ? {
          reduction: s(
            r.pick(
              v >= 18 ? ['none', 'add', 'mul', 'max', 'min'] : ['none', 'add', 'mul'],
            ),
          ),
        }
      : {}
  // Indices that repeat leave the result open without a reduction.
  if (!reduction.reduction || reduction.reduction.s === 'none') {
    sub[a] = Math.min(1, size)
    count = product(sub)
    index.data = index.data.slice(0, count)
  }
  return {
    in: [r.tensor(type, dims), index, r.tensor(type, sub)],
    attrs: { ...r.some({ axis: i(axis) }, axis ? 1 : 0.5), ...reduction },
  }
}

// start, end, step of each axis: also far outside, backwards, to the ends.
function sliceNumbers(r, dims, steps) {
  const far = [2147483647, -2147483648, 9223372036854775807n, -9223372036854775808n]
  const place = d => (r.chance(0.15) ? r.pick(far) : r.int(-d - 2, d + 2))
  const axes = r.axes(dims.length, 0)
  const size = a => dims[a < 0 ? a + dims.length : a]
  return {
    axes,
    starts: axes.map(a => place(size(a))),
    ends: axes.map(a => place(size(a))),
    steps: axes.map(() => (steps ? r.pick([1, 1, 2, 3, -1, -1, -2, -7]) : 1)),
  }
}

function pads(r, dims, mode, v) {
  const low = r.chance(0.4) ? -2 : 0
  const ends = dims.map(d => {
    const high = mode === 'reflect' ? Math.max(0, d - 1) : 3
    const pair = [r.int(low, high), r.int(low, high)]
    return d + pair[0] + pair[1] < 0 || (mode !== 'constant' && !d) ? [0, 0] : pair
  })
  return [...ends.map(e => e[0]), ...ends.map(e => e[1])]
}

const pad = (r, v) => {
  const type = r.type(v < 11 ? FLOATS : [...NUMBERS, 'bool'])
  const dims = r.dims(1, 4)
  const modes = [
    'constant',
    'constant',
    'reflect',
    'edge',
    ...(v >= 19 ? ['wrap'] : []),
  ]
  const mode = r.pick(modes)
  const attrs = r.some({ mode: s(mode) }, mode === 'constant' ? 0.4 : 1)
  if (v < 11)
    return {
      in: [r.tensor(type, dims)],
      attrs: {
        ...attrs,
        pads: ints(pads(r, dims, mode)),
        ...r.some({ value: { f: 1.5 } }, 0.4),
      },
    }
  let axes = null,
    over = dims
  if (v >= 18 && r.chance(0.4)) {
    axes = r.axes(dims.length, 1)
    over = axes.map(a => dims[a < 0 ? a + dims.length : a])
  }
  const inputs = [
    r.tensor(type, dims),
    r.list(pads(r, over, mode)),
    r.chance(0.6) ? null : r.scalar(type === 'bool' ? 1 : 2, type),
  ]
  if (axes) inputs.push(r.list(axes, r.pick(['int32', 'int64'])))
  return { in: inputs, attrs }
}

export const layout = {
  Flatten: (r, v) => {
    const dims = r.dims(v < 13 ? 1 : 0, 4)
    return {
      in: [r.tensor(r.type(v < 9 ? FLOATS : NUMBERS), dims)],
      attrs: r.some({ axis: i(r.int(v < 11 ? 0 : -dims.length, dims.length)) }),
    }
  },
  Reshape: (r, v) => {
    const dims = r.dims(0, 4)
    const zero = dims.includes(0)
    let to = zero ? r.shuffle([...dims]) : factors(r, product(dims))
    const allow = v >= 14 && (zero ? r.chance(0.8) : r.chance(0.1))
    if (!allow)
      to = to.map((d, k) => (k < dims.length && d === dims[k] && r.chance(0.4) ? 0 : d))
    if (r.chance(0.4) && !zero && to.length) to[r.int(0, to.length - 1)] = -1
    return {
      in: [r.tensor(r.type([...NUMBERS, 'string', 'bool']), dims), r.list(to)],
      attrs: allow
        ? { allowzero: i(1) }
        : v >= 14
          ? r.some({ allowzero: i(0) }, 0.2)
          : {},
    }
  },
  Squeeze: (r, v) => {
    const dims = r.dims(0, 5).map(d => (r.chance() ? 1 : d))
    const ones = dims.flatMap((d, k) => (d === 1 ? [k] : []))
    const x = r.tensor(r.type([...NUMBERS, 'string']), dims)
    if (r.chance(0.3)) return { in: [x] }
    const axes = axesAs(
      v,
      13,
      r,
      r.subset(ones).map(k => (v >= 11 && r.chance() ? k - dims.length : k)),
    )
    return { in: [x, ...axes.in], attrs: axes.attrs }
  },
  Unsqueeze: (r, v) => {
    const dims = r.dims(0, 3),
      n = r.int(1, 3)
    let axes = r.axes(dims.length + n, n, n)
    if (v < 11) axes = axes.map(a => (a < 0 ? a + dims.length + n : a))
    const given = axesAs(v, 13, r, axes)
    if (v >= 13 && n === 1 && r.chance(0.2)) given.in[0].dims = []
    return {
      in: [r.tensor(r.type([...NUMBERS, 'string']), dims), ...given.in],
      attrs: given.attrs,
    }
  },
  Transpose: r => {
    const dims = r.dims(0, 5)
    return {
      in: [r.tensor(r.type(ALL), dims)],
      attrs: r.some({ perm: ints(r.shuffle([...dims.keys()])) }, 0.8),
    }
  },
  Concat: r => {
    const type = r.type([...NUMBERS, 'string', 'bool']),
      dims = r.dims(1, 4)
    const axis = r.axis(dims.length)
    const at = axis < 0 ? axis + dims.length : axis
    return {
      in: r.times(r.int(1, 4), () =>
        r.tensor(
          type,
          dims.map((d, k) => (k === at ? r.dim() : d)),
        ),
      ),
      attrs: { axis: i(axis) },
    }
  },
  Split: (r, v) => {
    const dims = r.dims(1, 4),
      n = r.int(1, 4),
      axis = r.axis(dims.length)
    const at = axis < 0 ? axis + dims.length : axis
    const attrs = r.some({ axis: i(axis) }, at ? 1 : 0.5)
    const kind = r.int(0, 2)
    const parts = r.times(n, () => r.int(0, 3))
    if (kind === 0) dims[at] = product([n, r.int(1, 3)])
    else if (kind === 1) dims[at] = parts.reduce((a, b) => a + b, 0)
    const type = r.type(v < 11 ? ['float', 'int32', 'string'] : NUMBERS)
    const x = r.tensor(type, dims)
    if (kind === 1)
      return v < 13
        ? { in: [x], out: n, attrs: { ...attrs, split: ints(parts) } }
        : { in: [x, r.list(parts)], out: n, attrs }
    return { in: [x], out: n, attrs: v < 18 ? attrs : { ...attrs, num_outputs: i(n) } }
  },
  Slice: (r, v) => {
    const dims = r.dims(1, 4),
      type = r.type([...NUMBERS, 'string', 'bool'])
    const x = r.tensor(type, dims)
    const n = sliceNumbers(r, dims, v >= 10)
    const plain = n.axes.every((a, k) => a === k) && r.chance()
    if (v < 10)
      return {
        in: [x],
        attrs: {
          starts: ints(n.starts),
          ends: ints(n.ends),
          ...(plain ? {} : { axes: ints(n.axes) }),
        },
      }
    const ind = r.pick(['int32', 'int64'])
    const list = data =>
      r.list(
        ind === 'int64'
          ? data
          : data.map(x =>
              typeof x === 'bigint' ? (x > 0 ? 2147483647 : -2147483648) : x,
            ),
        ind,
      )
    const steps = n.steps.every(s => s === 1) && r.chance() ? [] : [list(n.steps)]
    return {
      in: [
        x,
        list(n.starts),
        list(n.ends),
        ...(plain ? (steps.length ? [null] : []) : [list(n.axes)]),
        ...steps,
      ],
    }
  },
  Tile: r => {
    const dims = r.dims(0, 4)
    return {
      in: [
        r.tensor(r.type([...FLOATS, 'int32', 'int64', 'bool']), dims),
        r.list(r.ints(dims.length, 0, 3)),
      ],
    }
  },
  Expand: r => {
    const dims = r.dims(0, 4).map(d => (r.chance(0.4) ? 1 : d))
    let to = dims.map(d => (d === 1 ? r.int(0, 3) : r.chance(0.3) ? 1 : d))
    if (r.chance(0.3)) to = [r.int(1, 3), ...to]
    else if (r.chance(0.3)) to.shift()
    return { in: [r.tensor(r.type([...NUMBERS, 'bool']), dims), r.list(to)] }
  },
  Pad: pad,
  Gather: r => {
    const dims = r.dims(1, 4),
      axis = r.axis(dims.length)
    const size = dims[axis < 0 ? axis + dims.length : axis]
    const index = r.dims(0, 3, 3)
    return {
      in: [
        r.tensor(r.type([...NUMBERS, 'string', 'bool']), dims),
        r.tensor(r.pick(['int32', 'int64']), size ? index : [0], {
          from: -size,
          to: Math.max(size - 1, 0),
        }),
      ],
      attrs: r.some({ axis: i(axis) }, axis ? 1 : 0.5),
    }
  },
  GatherElements: r => {
    const dims = r.dims(1, 4),
      axis = r.axis(dims.length)
    const at = axis < 0 ? axis + dims.length : axis
    const index = dims.map((d, k) =>
      k === at ? (dims[at] ? r.int(0, 4) : 0) : r.int(0, d),
    )
    return {
      in: [
        r.tensor(r.type([...NUMBERS, 'string']), dims),
        r.tensor(r.pick(['int32', 'int64']), index, {
          from: -dims[at],
          to: Math.max(dims[at] - 1, 0),
        }),
      ],
      attrs: r.some({ axis: i(axis) }, axis ? 1 : 0.5),
    }
  },
  GatherND: (r, v) => {
    const dims = r.dims(1, 4).map(d => d || 1)
    const batch = v >= 12 && r.chance(0.4) ? r.int(0, dims.length - 1) : 0
    const depth = r.int(1, dims.length - batch)
    const index = [...dims.slice(0, batch), ...r.dims(0, 2, 3), depth]
    const data = r.times(product(index), k => {
      const d = dims[batch + (k % depth)]
      return r.int(-d, d - 1)
    })
    return {
      in: [
        r.tensor(r.type([...NUMBERS, 'string']), dims),
        r.tensor('int64', index, { data }),
      ],
      attrs: v >= 12 && batch ? { batch_dims: i(batch) } : {},
    }
  },
  Scatter: (r, v) => scatterAxis(r, v, 'Scatter'),
  ScatterElements: (r, v) => scatterAxis(r, v, 'ScatterElements'),
  ScatterND: (r, v) => {
    const dims = r.dims(1, 4).map(d => d || 1),
      depth = r.int(1, dims.length)
    const n = r.dims(1, 2, 2)
    const reduction =
      v >= 16 && r.chance()
        ? r.pick(
            v >= 18 ? ['none', 'add', 'mul', 'max', 'min'] : ['none', 'add', 'mul'],
          )
        : null
    const repeat = reduction && reduction !== 'none'
    if (!repeat) n.fill(1)
    const data = r.times(product(n) * depth, k => {
      const d = dims[k % depth]
      return r.int(v >= 13 ? -d : 0, d - 1)
    })
    const type = r.type([...NUMBERS, 'string'])
    return {
      in: [
        r.tensor(type, dims),
        r.tensor('int64', [...n, depth], { data }),
        r.tensor(type, [...n, ...dims.slice(depth)]),
      ],
      attrs: reduction ? { reduction: s(reduction) } : {},
    }
  },
  TensorScatter: r => {
    const axis = r.pick([-2, -1, 1, 2])
    const dims = [r.int(1, 3), r.int(2, 4), r.int(2, 5), r.int(2, 4)]
    const at = axis < 0 ? axis + 4 : axis
    const update = dims.map((d, k) => (k === at ? r.int(1, d) : d))
    return {
      in: [
        r.tensor('float', dims),
        r.tensor('float', update),
        ...r.subset([r.tensor('int64', [dims[0]], { from: 0, to: 0 })]),
      ],
      attrs: { axis: i(axis), ...r.some({ mode: s(r.pick(['linear', 'circular'])) }) },
    }
  },
  DepthToSpace: (r, v) => {
    const b = r.int(1, 3)
    return {
      in: [
        r.tensor(r.type(FLOATS), [r.int(1, 2), b * b * r.int(1, 3), r.dim(), r.dim()]),
      ],
      attrs: {
        blocksize: i(b),
        ...(v >= 11 ? r.some({ mode: s(r.pick(['DCR', 'CRD'])) }) : {}),
      },
    }
  },
  SpaceToDepth: r => {
    const b = r.int(1, 3)
    return {
      in: [
        r.tensor(r.type(FLOATS), [
          r.int(1, 2),
          r.int(1, 3),
          b * r.int(1, 3),
          b * r.int(1, 3),
        ]),
      ],
      attrs: { blocksize: i(b) },
    }
  },
  ReverseSequence: r => {
    const dims = r.dims(2, 4).map(d => d || 1),
      time = r.int(0, 1)
    return {
      in: [
        r.tensor(r.type(NUMBERS), dims),
        r.tensor('int64', [dims[1 - time]], { from: 0, to: dims[time] }),
      ],
      attrs: { time_axis: i(time), batch_axis: i(1 - time) },
    }
  },
  Trilu: r => ({
    in: [
      r.tensor(r.type(['float', 'double', 'int64', 'bool']), r.dims(2, 4)),
      ...r.subset([r.scalar(r.int(-6, 6), 'int64', r.pick([[], [1]]))]),
    ],
    attrs: r.some({ upper: i(r.int(0, 1)) }),
  }),
  Compress: r => {
    const dims = r.dims(1, 4),
      type = r.type(NUMBERS)
    if (r.chance(0.4))
      return {
        in: [
          r.tensor(type, dims),
          { ...r.tensor('bool', [r.int(0, product(dims))]), param: true },
        ],
      }
    const axis = r.axis(dims.length)
    const d = dims[axis < 0 ? axis + dims.length : axis]
    return {
      in: [r.tensor(type, dims), { ...r.tensor('bool', [r.int(0, d)]), param: true }],
      attrs: { axis: i(axis) },
    }
  },
  CenterCropPad: r => {
    const dims = r.dims(1, 4).map(d => d || 1)
    const axes = r.chance(0.6) ? r.axes(dims.length, 1) : null
    return {
      in: [
        r.tensor(r.type(NUMBERS), dims),
        r.list(
          r.ints(axes ? axes.length : dims.length, 1, 7),
          r.pick(['int32', 'int64']),
        ),
      ],
      attrs: axes ? { axes: ints(axes) } : {},
    }
  },
  Crop: r => ({
    in: [r.tensor('float', [1, 2, 6, 7])],
    attrs: { border: ints(r.ints(4, 0, 2)), ...r.some({ scale: ints([2, 3]) }) },
  }),
  Shape: (r, v) => {
    const dims = r.dims(0, 5),
      x = r.tensor(r.type([...NUMBERS, 'string']), dims)
    const bound = () => i(r.int(-dims.length - 2, dims.length + 2))
    return { in: [x], attrs: v < 15 ? {} : r.some({ start: bound(), end: bound() }) }
  },
  Size: r => ({ in: [r.tensor(r.type([...NUMBERS, 'string']), r.dims(0, 5))] }),
  ConstantOfShape: r => {
    const type = r.type([...NUMBERS, 'bool'])
    return {
      in: [r.list(r.dims(0, 4))],
      attrs: r.some({ value: { t: r.tensor(type, [1]) } }),
    }
  },
  // Its value is read when another node needs it.
  Constant: (r, v) => {
    const attrs = [
      { value: { t: r.tensor(r.type([...NUMBERS, 'bool', 'string']), r.dims(0, 3)) } },
      { value_float: { f: 1.5 } },
      { value_int: i(-7) },
      { value_ints: ints(r.ints(r.int(0, 4), -3, 3)) },
      { value_floats: { floats: [1.5, -2] } },
      { value_string: s('a') },
    ][r.int(0, v < 12 ? 0 : 5)]
    return {
      in: [],
      nodes: [
        { op: 'Constant', inputs: [], outputs: ['c'], attrs },
        { op: 'Identity', inputs: ['c'], outputs: ['y0'] },
      ],
      results: ['y0'],
    }
  },
  EyeLike: r => ({
    in: [
      r.tensor(r.type(['float', 'double', 'int32', 'int64', 'uint64']), r.dims(2, 2)),
    ],
    attrs: r.some({
      k: i(r.int(-4, 4)),
      dtype: { type: r.pick(['float', 'double', 'int64', 'int32', 'uint64']) },
    }),
  }),
  Range: r => {
    const type = r.type(['float', 'double', 'int16', 'int32', 'int64'])
    const step = type.startsWith('int')
      ? r.pick([1, 2, 3, -1, -2])
      : r.pick([0.25, 0.5, 1, -0.75, 0.1])
    return {
      in: [
        r.scalar(r.int(-5, 5), type),
        r.scalar(r.int(-9, 9), type),
        r.scalar(step, type),
      ],
    }
  },
  OneHot: r => {
    const dims = r.dims(0, 3),
      depth = r.int(1, 5)
    const kind = r.type(['int64', 'int32', 'float'])
    const value = r.type(['float', 'int32', 'int64', 'string'])
    const depthType = r.pick(['int64', 'int32', 'float'])
    return {
      in: [
        r.tensor(kind, dims, { data: r.ints(product(dims), -depth - 1, depth) }),
        r.scalar(depth, depthType, r.pick([[], [1]])),
        r.tensor(value, [2]),
      ],
      attrs: r.some({ axis: i(r.int(-dims.length - 1, dims.length)) }),
    }
  },
  NonZero: r => ({
    in: [r.tensor(r.type(['float', 'int32', 'int64', 'uint8', 'bool']), r.dims(0, 4))],
  }),
  TopK: (r, v) => {
    const dims = r.dims(1, 4),
      axis = r.axis(dims.length)
    const size = dims[axis < 0 ? axis + dims.length : axis]
    const x = r.tensor(
      r.type(v < 11 ? ['float', 'double'] : ['float', 'double', 'int32', 'int64']),
      dims,
    )
    const k = r.int(0, size),
      attrs = r.some({ axis: i(axis) }, 0.8)
    if (v >= 11) Object.assign(attrs, r.some({ largest: i(r.int(0, 1)), sorted: i(1) }))
    return v < 10
      ? { in: [x], out: 2, attrs: { ...attrs, k: i(k) } }
      : { in: [x, r.list([k])], out: 2, attrs }
  },
  Unique: r => {
    const dims = r.dims(1, 3)
    return {
      in: [
        {
          ...r.tensor(r.type(['float', 'double', 'int64', 'int8', 'string']), dims),
          param: true,
        },
      ],
      out: r.int(1, 4),
      attrs: r.some({ axis: i(r.axis(dims.length)), sorted: i(r.int(0, 1)) }, 0.5),
    }
  },
  Upsample: (r, v) => {
    const dims = [r.int(1, 2), r.int(1, 2), r.int(1, 4), r.int(1, 4)]
    const scales = [1, 1, r.pick([1, 1.5, 2, 2.6]), r.pick([1, 1.25, 3])]
    const attrs = r.some({ mode: s(r.pick(['nearest', 'linear'])) })
    const x = r.tensor(r.type(['float', 'int32', 'uint8']), dims)
    return v < 9
      ? { in: [x], attrs: { ...attrs, scales: { floats: scales } } }
      : { in: [x, { ...r.tensor('float', [4], { data: scales }), param: true }], attrs }
  },
  CumSum: r => {
    const dims = r.dims(1, 4)
    return {
      in: [
        r.tensor(r.type(['float', 'double', 'int32', 'int64']), dims),
        r.scalar(r.axis(dims.length), r.pick(['int32', 'int64']), r.pick([[], [1]])),
      ],
      attrs: r.some({ exclusive: i(r.int(0, 1)), reverse: i(r.int(0, 1)) }),
    }
  },
  CumProd: r => {
    const dims = r.dims(1, 4)
    return { in: [r.tensor('float', dims), r.scalar(r.axis(dims.length))] }
  },
  BitCast: r => ({
    in: [r.tensor('float', r.dims(0, 3))],
    attrs: { to: { type: r.pick(['int32', 'uint32']) } },
  }),
}

export const layoutMicrosoft = {
  ExpandDims: r => {
    const dims = r.dims(0, 4)
    return {
      in: [
        r.tensor(r.type(NUMBERS), dims),
        r.scalar(r.int(-dims.length - 1, dims.length), 'int32'),
      ],
    }
  },
  GatherND: r => {
    const dims = r.dims(1, 4).map(d => d || 1),
      depth = r.int(1, dims.length)
    const index = [...r.dims(0, 2, 3), depth]
    return {
      in: [
        r.tensor('float', dims),
        r.tensor(r.pick(['int32', 'int64']), index, {
          data: r.times(product(index), k => r.int(0, dims[k % depth] - 1)),
        }),
      ],
    }
  },
  Pad: r => {
    const dims = r.dims(1, 4),
      mode = r.pick(['constant', 'reflect', 'edge'])
    const type = r.type(['float', 'double', 'float16'])
    return {
      in: [
        r.tensor(type, dims),
        r.list(pads(r, dims, mode)),
        ...r.subset([r.scalar(2, type)]),
      ],
      attrs: { mode: s(mode) },
    }
  },
  Range: r => {
    const type = r.type(['float', 'double', 'int16', 'int32', 'int64'])
    return {
      in: [
        r.scalar(r.int(-5, 5), type),
        r.scalar(r.int(-9, 9), type),
        ...r.subset([r.scalar(r.pick([1, 2, -1, -3]), type)]),
      ],
    }
  },
  Trilu: r => ({
    in: [
      r.tensor('float', r.dims(2, 4)),
      ...r.subset([r.scalar(r.int(-6, 6), 'int64')]),
    ],
    attrs: r.some({ upper: i(r.int(0, 1)) }),
  }),
  Unique: r => ({ in: [{ ...r.tensor('float', [r.int(0, 8)]), param: true }], out: 3 }),
  TorchEmbedding: r => ({
    in: [
      r.tensor('float', [5, 3]),
      r.tensor('int64', r.dims(1, 2), { from: 0, to: 4 }),
    ],
  }),
  UnfoldTensor: r => ({
    in: [r.tensor('float', [2, 7])],
    attrs: { dim: i(r.pick([-1, 1])), size: i(3), step: i(r.int(1, 2)) },
  }),
}
