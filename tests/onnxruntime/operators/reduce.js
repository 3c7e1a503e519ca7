// Reductions and normalizations.
import { FLOATS, NUMBERS, f, i, ints, s } from '../random.js'

const REDUCED = ['float', 'double', 'int32', 'int64', 'float16']
function reduce(axesInput, types = REDUCED, from, to) {
  return (r, v) => {
    const dims = r.dims(0, 4)
    const x = r.tensor(r.type(types), dims, { from, to })
    const attrs = r.some({ keepdims: i(r.int(0, 1)) })
    const axes = r.axes(dims.length)
    if (v < 11) axes.forEach((a, k) => (axes[k] = a < 0 ? a + dims.length : a))
    if (v < axesInput)
      return {
        in: [x],
        attrs: { ...attrs, ...r.some({ axes: ints(axes) }, axes.length ? 0.8 : 0) },
      }
    return {
      in: [x, ...(r.chance(0.8) ? [r.list(axes)] : [])],
      attrs: { ...attrs, ...r.some({ noop_with_empty_axes: i(r.int(0, 1)) }, 0.4) },
    }
  }
}

const arg = (r, v) => {
  const dims = r.dims(1, 4)
  return {
    in: [
      r.tensor(r.type(['float', 'double', 'int32', 'int8', 'uint8', 'float16']), dims),
    ],
    attrs: {
      ...r.some({
        axis: i(v < 11 ? r.int(0, dims.length - 1) : r.axis(dims.length)),
        keepdims: i(r.int(0, 1)),
      }),
      ...(v >= 12 ? r.some({ select_last_index: i(r.int(0, 1)) }, 0.3) : {}),
    },
    types: ['int64'],
  }
}

const softmax = (r, v) => {
  const dims = r.dims(1, 4)
  return {
    in: [r.tensor(r.type(FLOATS), dims)],
    attrs: r.some({
      axis: i(v < 11 ? r.int(0, dims.length - 1) : r.axis(dims.length)),
    }),
  }
}

const layerNorm = outs => (r, v) => {
  const dims = r.dims(1, 4),
    axis = r.axis(dims.length)
  const tail = dims.slice(axis < 0 ? axis + dims.length : axis)
  const type = r.type(FLOATS)
  return {
    in: [
      r.tensor(type, dims),
      r.tensor(type, tail),
      ...r.subset([r.tensor(type, tail)]),
    ],
    out: r.int(1, outs),
    attrs: { axis: i(axis), ...r.some({ epsilon: f(0.001), stash_type: i(1) }) },
  }
}

const channels = (r, n) => r.times(n, () => null)

export const reductions = {
  ReduceL1: reduce(18),
  ReduceL2: reduce(18),
  ReduceLogSum: reduce(18, REDUCED, 1, 4),
  ReduceLogSumExp: reduce(18),
  ReduceMax: reduce(18, [...REDUCED, 'int8', 'uint8']),
  ReduceMean: reduce(18),
  ReduceMin: reduce(18, [...REDUCED, 'int8', 'uint8']),
  ReduceProd: reduce(18),
  ReduceSum: reduce(13),
  ReduceSumSquare: reduce(18),
  ArgMax: arg,
  ArgMin: arg,
  Softmax: softmax,
  LogSoftmax: softmax,
  Hardmax: softmax,
  LpNormalization: r => {
    const dims = r.dims(1, 4)
    return {
      in: [r.tensor(r.type(FLOATS), dims)],
      attrs: r.some({ axis: i(r.axis(dims.length)), p: i(r.int(1, 2)) }),
    }
  },
  LRN: r => ({
    in: [r.tensor('float', [r.dim(), r.dim(), r.dim(), r.dim()])],
    attrs: {
      size: i(r.pick([1, 3, 5])),
      ...r.some({ alpha: f(0.5), beta: f(0.25), bias: f(2) }),
    },
  }),
  BatchNormalization: (r, v) => {
    const dims = [r.dim(), r.int(1, 4), ...r.dims(0, 3)],
      type = r.type(FLOATS)
    const c = () => r.tensor(type, [dims[1]], { from: 1, to: 3 })
    const training = v >= 14 && r.chance(0.2)
    return {
      in: [r.tensor(type, dims), c(), c(), c(), c()],
      attrs: {
        ...r.some({ epsilon: f(0.01) }),
        ...(training ? { training_mode: i(1) } : {}),
      },
      out: training ? 3 : 1,
    }
  },
  InstanceNormalization: r => {
    const dims = [r.int(1, 3), r.int(1, 4), ...r.dims(1, 3)]
    const type = r.type(FLOATS)
    return {
      in: [r.tensor(type, dims), r.tensor(type, [dims[1]]), r.tensor(type, [dims[1]])],
    }
  },
  GroupNormalization: (r, v) => {
    const groups = r.int(1, 3),
      c = groups * r.int(1, 3),
      type = r.type(FLOATS)
    const n = v < 21 ? groups : c
    return {
      in: [
        r.tensor(type, [r.int(1, 2), c, ...r.dims(1, 2)]),
        r.tensor(type, [n]),
        r.tensor(type, [n]),
      ],
      attrs: { num_groups: i(groups) },
    }
  },
  LayerNormalization: layerNorm(3),
  SimplifiedLayerNormalization: (r, v) => {
    const c = layerNorm(2)(r, v)
    c.in.length = 2
    return c
  },
  RMSNormalization: (r, v) => {
    const c = layerNorm(1)(r, v)
    c.in.length = 2
    return c
  },
  NegativeLogLikelihoodLoss: r => {
    const n = r.int(1, 3),
      c = r.int(2, 4),
      rest = r.dims(0, 2).map(d => d || 1)
    return {
      in: [
        r.tensor('float', [n, c, ...rest]),
        r.tensor(r.pick(['int32', 'int64']), [n, ...rest], { from: 0, to: c - 1 }),
        ...r.subset([r.tensor('float', [c], { from: 1, to: 2 })]),
      ],
      attrs: r.some({
        reduction: s(r.pick(['none', 'mean', 'sum'])),
        ignore_index: i(r.int(-1, 1)),
      }),
    }
  },
  SoftmaxCrossEntropyLoss: r => {
    const n = r.int(1, 3),
      c = r.int(2, 4),
      rest = r.dims(0, 2).map(d => d || 1)
    return {
      in: [
        r.tensor('float', [n, c, ...rest]),
        r.tensor(r.pick(['int32', 'int64']), [n, ...rest], { from: 0, to: c - 1 }),
        ...r.subset([r.tensor('float', [c], { from: 1, to: 2 })]),
      ],
      out: r.int(1, 2),
      attrs: r.some({
        reduction: s(r.pick(['none', 'mean', 'sum'])),
        ignore_index: i(r.int(-1, 1)),
      }),
    }
  },
  QuantizeLinear: (r, v) => {
    const dims = r.dims(1, 4).map(d => d || 1),
      axis = r.axis(dims.length)
    const at = axis < 0 ? axis + dims.length : axis
    const kind = r.int(0, v < 13 ? 0 : v < 21 ? 1 : 2)
    const size = dims[at],
      block = r.int(1, 3)
    const scale =
      kind === 0
        ? []
        : kind === 1
          ? [size]
          : dims.map((d, k) => (k === at ? Math.ceil(d / block) : d))
    const type = r.type([
      'uint8',
      'int8',
      ...(v >= 21 ? ['uint16', 'int16', 'int4', 'uint4'] : []),
    ])
    const source = v >= 19 ? r.type(['float', 'float16']) : 'float'
    const zero =
      r.chance(0.3) && type !== 'int4' && type !== 'uint4' && type === 'uint8'
        ? []
        : [r.tensor(type, scale, { from: 0 })]
    return {
      in: [
        r.tensor(source, dims),
        r.tensor(source, scale, { from: 1, to: 2 }),
        ...zero,
      ],
      attrs: kind
        ? { axis: i(axis), ...(kind === 2 ? { block_size: i(block) } : {}) }
        : {},
      types: [type],
    }
  },
  DequantizeLinear: (r, v) => {
    const dims = r.dims(1, 4).map(d => d || 1),
      axis = r.axis(dims.length)
    const at = axis < 0 ? axis + dims.length : axis
    const kind = r.int(0, v < 13 ? 0 : v < 21 ? 1 : 2)
    const block = r.int(1, 3)
    const scale =
      kind === 0
        ? []
        : kind === 1
          ? [dims[at]]
          : dims.map((d, k) => (k === at ? Math.ceil(d / block) : d))
    const type = r.type([
      'uint8',
      'int8',
      'int32',
      ...(v >= 21 ? ['uint16', 'int16', 'int4', 'uint4'] : []),
    ])
    const to = v >= 19 ? r.type(['float', 'float16']) : 'float'
    return {
      in: [
        r.tensor(type, dims, { from: 0 }),
        r.tensor(to, scale, { from: 1, to: 2 }),
        ...r.subset([r.tensor(type, scale, { from: 0, to: type === 'int32' ? 0 : 3 })]),
      ],
      attrs: kind
        ? { axis: i(axis), ...(kind === 2 ? { block_size: i(block) } : {}) }
        : {},
      types: [to],
    }
  },
  DynamicQuantizeLinear: r => ({ in: [r.tensor('float', r.dims(0, 4))], out: 3 }),
}
