// Element by element: one input and what broadcasts.
import {
  ALL,
  FLOATS,
  FLOATS_B,
  INTS,
  NUMBERS,
  SIGNED,
  UNSIGNED,
  f,
  i,
  s,
} from '../random.js'

const anyDims = r => r.dims(0, 4)

// name: [element types, range of the values, attributes]
const UNARY = {
  Abs: [NUMBERS],
  Acos: [FLOATS, -1, 1],
  Acosh: [FLOATS, 1, 3],
  Asin: [FLOATS, -1, 1],
  Asinh: [FLOATS],
  Atan: [FLOATS],
  Atanh: [FLOATS, -0.75, 0.75],
  BitwiseNot: [INTS],
  Ceil: [FLOATS_B],
  Cos: [FLOATS],
  Cosh: [FLOATS],
  Erf: [NUMBERS],
  Exp: [FLOATS_B],
  Floor: [FLOATS_B],
  Identity: [ALL],
  IsInf: [['float', 'double']],
  IsNaN: [FLOATS],
  Log: [FLOATS, 1, 9],
  Neg: [[...FLOATS, ...SIGNED]],
  Not: [['bool']],
  Reciprocal: [FLOATS, 1, 9],
  Relu: [[...FLOATS, ...SIGNED]],
  Round: [FLOATS],
  Sigmoid: [FLOATS_B],
  Sign: [NUMBERS],
  Sin: [FLOATS],
  Sinh: [FLOATS],
  Softplus: [FLOATS],
  Softsign: [FLOATS],
  Sqrt: [FLOATS_B, 0, 16],
  Tan: [FLOATS],
  Tanh: [FLOATS_B],
  HardSwish: [FLOATS],
  Mish: [FLOATS],
  MeanVarianceNormalization: [FLOATS],
  Celu: [FLOATS, -3, 3, { alpha: 'f' }],
  Elu: [FLOATS, -3, 3, { alpha: 'f' }],
  Selu: [FLOATS, -3, 3, { alpha: 'f', gamma: 'f' }],
  HardSigmoid: [FLOATS, -3, 3, { alpha: 'f', beta: 'f' }],
  LeakyRelu: [FLOATS_B, -3, 3, { alpha: 'f' }],
  ThresholdedRelu: [FLOATS, -3, 3, { alpha: 'f' }],
  Shrink: [NUMBERS, -3, 3, { bias: 'f', lambd: 'f' }],
  Swish: [FLOATS, -3, 3, { alpha: 'f' }],
  ParametricSoftplus: [FLOATS, -3, 3, { alpha: 'f', beta: 'f' }],
  ScaledTanh: [FLOATS, -3, 3, { alpha: 'f', beta: 'f' }],
  'com.microsoft:QuickGelu': [FLOATS, -3, 3, { alpha: 'f' }],
  'com.microsoft:Gelu': [FLOATS],
  'com.microsoft:MurmurHash3': [
    ['int32', 'int64', 'float', 'double', 'uint32', 'uint64', 'string'],
    0,
    9,
  ],
  'com.microsoft:SampleOp': [FLOATS],
}
const FACTOR = r => f(r.int(-4, 8) / 4)

function unary(types, from, to, attrs = {}) {
  return r => {
    const type = r.type(types)
    if (UNSIGNED.includes(type) && from < 0) from = 0
    return {
      in: [r.tensor(type, anyDims(r), { from, to })],
      attrs: r.some(
        Object.fromEntries(Object.keys(attrs).map(name => [name, FACTOR(r)])),
      ),
    }
  }
}

// name: [element types, range of the second operand]
const BINARY = {
  Add: [[...NUMBERS, 'bfloat16']],
  Sub: [NUMBERS],
  Mul: [NUMBERS],
  Div: [NUMBERS, 1, 3],
  And: [['bool']],
  Or: [['bool']],
  Xor: [['bool']],
  BitwiseAnd: [INTS],
  BitwiseOr: [INTS],
  BitwiseXor: [INTS],
  Equal: [[...NUMBERS, 'bool', 'string']],
  Greater: [NUMBERS],
  Less: [NUMBERS],
  GreaterOrEqual: [NUMBERS],
  LessOrEqual: [NUMBERS],
  StringConcat: [['string']],
}
const pair = (r, type, from, to) => {
  const dims = anyDims(r)
  const operands = [
    r.tensor(type, dims),
    r.tensor(type, r.broadcast(dims), { from, to }),
  ]
  // The order does not matter to the shape, but does to the walk.
  return from === undefined && r.chance() ? operands.reverse() : operands
}

const VARIADIC = { Max: NUMBERS, Min: NUMBERS, Sum: FLOATS, Mean: FLOATS }

export const elementwise = {
  ...Object.fromEntries(Object.entries(UNARY).map(([op, row]) => [op, unary(...row)])),
  ...Object.fromEntries(
    Object.entries(BINARY).map(([op, [types, from, to]]) => [
      op,
      r => ({ in: pair(r, r.type(types), from, to) }),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(VARIADIC).map(([op, types]) => [
      op,
      r => {
        const type = r.type(types),
          dims = anyDims(r)
        return {
          in: r.shuffle([
            r.tensor(type, dims),
            ...r.times(r.int(0, 3), () => r.tensor(type, r.broadcast(dims))),
          ]),
        }
      },
    ]),
  ),

  Affine: unary(FLOATS, -3, 3, { alpha: 'f', beta: 'f' }),
  ImageScaler: r => ({
    in: [r.tensor('float', [1, 3, r.dim(), r.dim()])],
    attrs: { bias: { floats: [1, 2, 3] }, ...r.some({ scale: f(2) }) },
  }),
  Scale: unary(FLOATS, -3, 3, { scale: 'f' }),
  Gelu: r => ({
    in: [r.tensor(r.type(FLOATS), anyDims(r))],
    attrs: r.some({ approximate: s(r.pick(['tanh', 'none'])) }),
  }),
  Pow: r => {
    const [x, y] = pair(r, r.type([...FLOATS, 'int32', 'int64']), 0, 3)
    x.data = x.data.map(Math.abs)
    if (r.chance(0.4)) {
      y.type = r.type(['float', 'double', 'int32', 'int64'])
      y.data = y.data.map(Math.trunc)
    }
    return { in: [x, y] }
  },
  Mod: r => {
    const type = r.type(NUMBERS)
    return {
      in: pair(r, type, 1, 3),
      attrs: FLOATS.includes(type) || r.chance(0.4) ? { fmod: i(1) } : {},
    }
  },
  BitShift: r => ({
    in: pair(r, r.pick(UNSIGNED), 0, 5),
    attrs: { direction: s(r.pick(['LEFT', 'RIGHT'])) },
  }),
  PRelu: r => {
    const type = r.type([...FLOATS, 'int32', 'int64', 'uint32', 'uint64'])
    const dims = anyDims(r)
    let slope = r.broadcast(dims)
    while (slope.length > dims.length) slope.shift()
    return { in: [r.tensor(type, dims), r.tensor(type, slope)] }
  },
  Where: r => {
    const type = r.type([...NUMBERS, 'bool', 'string']),
      dims = anyDims(r)
    return {
      in: [
        r.tensor('bool', r.broadcast(dims)),
        r.tensor(type, dims),
        r.tensor(type, r.broadcast(dims)),
      ],
    }
  },
  Clip: (r, v) => {
    const type = v < 12 ? r.pick(FLOATS) : r.type(NUMBERS)
    const x = r.tensor(type, anyDims(r))
    if (v < 11) return { in: [x], attrs: r.some({ min: f(-1), max: f(1.5) }) }
    const limit = n => (r.chance(0.3) ? null : r.scalar(n, type))
    return { in: [x, limit(UNSIGNED.includes(type) ? 1 : -1), limit(2)] }
  },
  Cast: (r, v) => {
    const types = [
      ...NUMBERS,
      'bool',
      ...(v >= 13 ? ['bfloat16'] : []),
      ...(v >= 19 ? ['float8e4m3fn', 'float8e5m2'] : []),
      ...(v >= 21 ? ['int4', 'uint4'] : []),
      'string',
    ]
    const from = r.type(types),
      to = r.pick(types)
    const x = r.tensor(from, anyDims(r), from === 'string' ? {} : { from: 0, to: 3 })
    if (from === 'string') x.data = x.data.map(() => r.pick(['1', '-2', '3.5']))
    return {
      in: [x],
      attrs: {
        to: { type: to },
        ...(v >= 19 ? r.some({ saturate: i(r.int(0, 1)) }, 0.2) : {}),
      },
      types: [to],
    }
  },
  CastLike: (r, v) => {
    const from = r.type(NUMBERS),
      to = r.pick([...NUMBERS, 'bool'])
    return { in: [r.tensor(from, anyDims(r), { from: 0 }), r.tensor(to, r.dims(0, 2))] }
  },
  Dropout: (r, v) => {
    const x = r.tensor(r.type(FLOATS), anyDims(r))
    const out = r.int(1, 2)
    if (v < 12) return { in: [x], out, attrs: r.some({ ratio: f(0.25) }) }
    return {
      in: [x, ...r.subset([r.scalar(0.25, 'float')])],
      out,
      attrs: r.some({ seed: i(3) }),
    }
  },
  SwiGLU: r => ({ in: [r.tensor('float', r.dims(1, 3))] }),
}

export const elementwiseMicrosoft = {
  BiasGelu: r => {
    const dims = r.dims(1, 4)
    return { in: [r.tensor('float', dims), r.tensor('float', dims.slice(-1))] }
  },
  FastGelu: r => {
    const dims = r.dims(1, 4),
      type = r.type(['float', 'float16'])
    return { in: [r.tensor(type, dims), ...r.subset([r.tensor(type, dims.slice(-1))])] }
  },
  BiasAdd: r => ({
    in: [
      r.tensor('float', [2, 3, 320]),
      r.tensor('float', [320]),
      r.tensor('float', [2, 3, 320]),
    ],
  }),
  BiasSplitGelu: r => ({
    in: [r.tensor('float', [2, 3, 2560]), r.tensor('float', [2560])],
  }),
  BiasSoftmax: r => ({
    in: [r.tensor('float', [2, 3, 4]), r.tensor('float', [2, 3, 4])],
    attrs: { axis: i(1), is_inner_broadcast: i(0) },
  }),
  BiasDropout: r => ({
    in: [r.tensor('float', [2, 3]), r.tensor('float', [3])],
    out: r.int(1, 2),
  }),
  ComplexMul: r => ({ in: [r.tensor('float', [2, 4]), r.tensor('float', [2, 4])] }),
  ComplexMulConj: r => ({ in: [r.tensor('float', [2, 4]), r.tensor('float', [2, 4])] }),
  IsAllFinite: r => ({ in: [r.tensor('float', [2, 4]), r.tensor('float', [3])] }),
}
