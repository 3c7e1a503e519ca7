// Windows that move over an image: convolutions, pooling, resampling.
import { FLOATS, f, floats, i, ints, s } from '../random.js'

// Attributes of a window over `spatial` axes.
function window(r, spatial, { kernel, dilate = true, pad = true, negative = false }) {
  const list = (a, b) => ints(r.ints(spatial, a, b))
  const attrs = r.some(
    { strides: list(1, 4), ...(dilate ? { dilations: list(1, 3) } : {}) },
    0.5,
  )
  const auto =
    pad && r.chance(0.45)
      ? r.pick(['SAME_UPPER', 'SAME_LOWER', 'VALID', 'NOTSET'])
      : null
  if (auto) attrs.auto_pad = s(auto)
  if (pad && (!auto || auto === 'NOTSET') && r.chance(0.6))
    attrs.pads = ints(
      r.times(2 * spatial, k =>
        r.int(
          negative && r.chance(0.2) ? -1 : 0,
          kernel ? Math.max(kernel[k % spatial] - 1, 0) : 2,
        ),
      ),
    )
  return attrs
}

const conv =
  (types, { name, extra } = {}) =>
  r => {
    const spatial = r.pick([1, 2, 2, 2, 3]),
      group = r.pick([1, 1, 1, 2, 3])
    const c = group * r.int(1, 3),
      m = group * r.int(1, 3)
    const kernel = r.ints(spatial, 1, 4)
    const attrs = window(r, spatial, { kernel, negative: true })
    if (r.chance(0.4)) attrs.kernel_shape = ints(kernel)
    if (group > 1 || r.chance(0.2)) attrs.group = i(group)
    const type = r.type(types)
    return {
      in: [
        r.tensor(type, [r.dim(3), c, ...r.ints(spatial, 1, 9)]),
        r.tensor(type, [m, c / group, ...kernel]),
        ...r.subset([r.tensor(type, [m])]),
      ],
      attrs,
    }
  }

const transpose =
  (type = ['float']) =>
  r => {
    const spatial = r.pick([1, 2, 2, 2, 3]),
      group = r.pick([1, 1, 2])
    const c = group * r.int(1, 3),
      m = r.int(1, 3),
      kernel = r.ints(spatial, 1, 4)
    const attrs = window(r, spatial, { kernel, negative: true })
    const strides = attrs.strides ? attrs.strides.ints : Array(spatial).fill(1)
    const dilations = attrs.dilations ? attrs.dilations.ints : Array(spatial).fill(1)
    if (r.chance(0.4)) attrs.kernel_shape = ints(kernel)
    if (group > 1) attrs.group = i(group)
    const size = r.ints(spatial, 1, 6)
    if (r.chance(0.35))
      attrs.output_padding = ints(
        strides.map((d, k) => r.int(0, Math.max(d, dilations[k]) - 1)),
      )
    if (r.chance(0.2)) {
      const wanted = size.map((d, k) => Math.max(1, d * strides[k] + r.int(-1, 2)))
      attrs.output_shape = ints(r.chance(0.3) ? [1, m * group, ...wanted] : wanted)
      delete attrs.pads
    }
    const t = r.type(type)
    return {
      in: [
        r.tensor(t, [attrs.output_shape ? 1 : r.dim(2), c, ...size]),
        r.tensor(t, [c, m, ...kernel]),
        ...r.subset([r.tensor(t, [m * group])]),
      ],
      attrs,
    }
  }

const pool =
  ({ types = FLOATS, outs = 1, ceil = 10, dilations = 10, extra = () => ({}) } = {}) =>
  (r, v) => {
    const spatial = r.pick([1, 2, 2, 2, 3]),
      kernel = r.ints(spatial, 1, 4)
    const attrs = {
      kernel_shape: ints(kernel),
      ...window(r, spatial, { kernel, dilate: v >= dilations }),
      ...extra(r, v),
    }
    if (v >= ceil && r.chance()) attrs.ceil_mode = i(r.int(0, 1))
    return {
      in: [
        r.tensor(r.type(v < 12 ? FLOATS : types), [
          r.dim(3),
          r.dim(3),
          ...r.ints(spatial, 1, 9),
        ]),
      ],
      attrs,
      out: r.int(1, outs),
    }
  }

const globalPool =
  (attrs = () => ({})) =>
  r => ({
    in: [
      r.tensor(r.type(FLOATS), [r.dim(), r.dim(), ...r.dims(1, 3).map(d => d || 1)]),
    ],
    attrs: attrs(r),
  })

const resize = (r, v) => {
  const rank = r.int(1, 5),
    dims = r.ints(rank, 1, 5)
  const mode = r.pick(['nearest', 'nearest', 'linear', 'cubic'])
  const attrs = r.some({ mode: s(mode) }, mode === 'nearest' ? 0.5 : 1)
  const scale = () => r.pick([1, 1, 1, 0.5, 0.6, 1.5, 2, 2.3, 3])
  const type = r.type(['float', 'int32', 'int8', 'uint8', 'float16'])
  const x = r.tensor(type, dims)
  const asFloats = data => ({
    ...r.tensor('float', [data.length], { data }),
    param: true,
  })
  if (v < 11) return { in: [x, asFloats(dims.map(scale))], attrs }
  Object.assign(
    attrs,
    r.some(
      {
        coordinate_transformation_mode: s(
          r.pick([
            'half_pixel',
            'pytorch_half_pixel',
            'align_corners',
            'asymmetric',
            'tf_crop_and_resize',
            ...(v >= 19 ? ['half_pixel_symmetric'] : []),
          ]),
        ),
        nearest_mode: s(
          r.pick(['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil']),
        ),
        exclude_outside: i(0),
        cubic_coeff_a: f(-0.5),
        extrapolation_value: f(1),
      },
      0.3,
    ),
  )
  const axes = v >= 18 && r.chance(0.4) ? r.axes(rank, 1) : null
  if (axes) attrs.axes = ints(axes)
  const n = axes ? axes.length : rank
  const crop = attrs.coordinate_transformation_mode?.s === 'tf_crop_and_resize'
  const roi = crop
    ? asFloats([...Array(n).fill(0), ...r.times(n, () => r.pick([0.5, 1, 0.75]))])
    : r.chance(0.3) || v < 13
      ? asFloats([])
      : null
  if (v >= 18 && r.chance(0.3)) attrs.antialias = i(r.int(0, 1))
  if (r.chance()) {
    const of = a => dims[a < 0 ? a + rank : a]
    const given = axes ? axes.map(a => of(a)) : dims
    return { in: [x, roi, asFloats(given.map(scale))], attrs }
  }
  if (v >= 18 && r.chance(0.5))
    attrs.keep_aspect_ratio_policy = s(r.pick(['stretch', 'not_larger', 'not_smaller']))
  return { in: [x, roi, v < 13 ? asFloats([]) : null, r.list(r.ints(n, 1, 7))], attrs }
}

export const windows = {
  Conv: conv(FLOATS),
  ConvInteger: r => {
    const c = conv(['uint8'])(r)
    c.in[1].type = r.pick(['uint8', 'int8'])
    c.in.length = 2
    c.in[1].data = c.in[1].data.map(Math.abs)
    if (r.chance()) c.in.push(r.scalar(1, 'uint8'))
    return c
  },
  QLinearConv: r => {
    const c = conv(['uint8'])(r)
    const bias = c.in[2] ? [{ ...c.in[2], type: 'int32' }] : []
    const one = () => r.tensor('float', [], { from: 1, to: 2 })
    const zero = () => r.tensor('uint8', [])
    return {
      ...c,
      in: [c.in[0], one(), zero(), c.in[1], one(), zero(), one(), zero(), ...bias],
    }
  },
  ConvTranspose: transpose(),
  DeformConv: r => {
    const group = 1,
      c = r.int(1, 3),
      m = r.int(1, 3),
      k = r.ints(2, 1, 3)
    const size = r.ints(2, 4, 7)
    const strides = r.ints(2, 1, 2),
      pads = r.ints(4, 0, 1),
      dil = r.ints(2, 1, 2)
    const out = size.map(
      (d, a) =>
        Math.floor((d + pads[a] + pads[a + 2] - dil[a] * (k[a] - 1) - 1) / strides[a]) +
        1,
    )
    if (out.some(d => d < 1)) return null
    return {
      in: [
        r.tensor('float', [1, c, ...size]),
        r.tensor('float', [m, c, ...k]),
        r.tensor('float', [1, 2 * k[0] * k[1], ...out]),
        ...r.subset([r.tensor('float', [m])]),
      ],
      attrs: { strides: ints(strides), pads: ints(pads), dilations: ints(dil) },
    }
  },
  AveragePool: pool({
    dilations: 19,
    extra: r => r.some({ count_include_pad: i(r.int(0, 1)) }, 0.3),
  }),
  MaxPool: pool({
    outs: 2,
    types: [...FLOATS, 'int8', 'uint8'],
    extra: (r, v) => (v >= 8 ? r.some({ storage_order: i(0) }, 0.2) : {}),
  }),
  LpPool: pool({
    types: ['float'],
    ceil: 18,
    dilations: 18,
    extra: r => r.some({ p: i(r.int(1, 3)) }),
  }),
  GlobalAveragePool: globalPool(),
  GlobalMaxPool: globalPool(),
  GlobalLpPool: globalPool(r => r.some({ p: i(r.int(1, 3)) })),
  MaxUnpool: r => {
    const n = 1,
      c = r.int(1, 2),
      size = r.ints(2, 2, 4),
      k = r.ints(2, 1, 3)
    const strides = r.ints(2, 1, 3)
    const attrs = {
      kernel_shape: ints(k),
      ...r.some({ strides: ints(strides), pads: ints(r.ints(4, 0, 1)) }),
    }
    const x = [n, c, ...size]
    const count = x.reduce((a, b) => a * b)
    const inputs = [r.tensor('float', x), r.tensor('int64', x, { from: 0, to: 3 })]
    if (r.chance(0.4))
      inputs.push(r.list([n, c, ...size.map(d => d * 3 + r.int(0, 2))]))
    return { in: inputs, attrs }
  },
  MaxRoiPool: r => ({
    in: [
      r.tensor('float', [2, r.int(1, 3), 6, 7]),
      r.tensor('float', [r.int(0, 3), 5], { from: 0, to: 1 }),
    ],
    attrs: {
      pooled_shape: ints(r.ints(2, 1, 3)),
      ...r.some({ spatial_scale: f(0.5) }),
    },
  }),
  RoiAlign: (r, v) => {
    const n = r.int(0, 4)
    return {
      in: [
        r.tensor(r.type(['float', 'double']), [2, r.int(1, 3), 6, 7]),
        r.tensor('float', [n, 4], { from: 0, to: 3 }),
        r.tensor('int64', [n], { from: 0, to: 1 }),
      ],
      attrs: {
        ...r.some({
          mode: s(r.pick(['avg', 'max'])),
          output_height: i(r.int(1, 3)),
          output_width: i(r.int(1, 4)),
          sampling_ratio: i(r.int(0, 2)),
          spatial_scale: f(0.5),
        }),
        ...(v >= 16 ? r.some({ coordinate_transformation_mode: s('half_pixel') }) : {}),
      },
    }
  },
  Resize: resize,
  GridSample: (r, v) => {
    const spatial = v >= 20 && r.chance(0.4) ? 3 : 2,
      n = r.int(1, 2)
    return {
      in: [
        r.tensor('float', [n, r.int(1, 3), ...r.ints(spatial, 2, 5)]),
        r.tensor('float', [n, ...r.dims(spatial, spatial), spatial], {
          from: -1,
          to: 1,
        }),
      ],
      attrs: r.some({
        mode: s(r.pick(v >= 20 ? ['linear', 'nearest'] : ['bilinear', 'nearest'])),
        padding_mode: s(r.pick(['zeros', 'border', 'reflection'])),
        align_corners: i(r.int(0, 1)),
      }),
    }
  },
  AffineGrid: r => {
    const d = r.int(2, 3),
      n = r.int(1, 3)
    return {
      in: [
        r.tensor(r.type(['float', 'double']), [n, d, d + 1]),
        r.list([n, r.int(1, 3), ...r.ints(d, 1, 5)]),
      ],
      attrs: r.some({ align_corners: i(r.int(0, 1)) }),
    }
  },
  Col2Im: r => {
    const spatial = r.pick([1, 2, 2, 3]),
      image = r.ints(spatial, 3, 6),
      block = r.ints(spatial, 1, 3)
    const given = {
      dilations: r.ints(spatial, 1, 2),
      pads: r.ints(2 * spatial, 0, 2),
      strides: r.ints(spatial, 1, 2),
    }
    const attrs = r.some(
      Object.fromEntries(Object.entries(given).map(([k, x]) => [k, ints(x)])),
    )
    const at = (name, k, none) => (attrs[name] ? given[name][k] : none)
    const blocks = image.map(
      (d, k) =>
        Math.floor(
          (d +
            at('pads', k, 0) +
            at('pads', k + spatial, 0) -
            at('dilations', k, 1) * (block[k] - 1) -
            1) /
            at('strides', k, 1),
        ) + 1,
    )
    if (blocks.some(b => b < 1)) return null
    const product = l => l.reduce((a, b) => a * b, 1)
    return {
      in: [
        r.tensor('float', [r.int(1, 2), r.int(1, 3) * product(block), product(blocks)]),
        r.list(image),
        r.list(block),
      ],
      attrs,
    }
  },
}

const quantized = (r, c) => ({
  ...c,
  in: [
    { ...c.in[0], type: 'uint8', data: c.in[0].data.map(x => Math.abs(Math.trunc(x))) },
    r.tensor('float', [], { from: 1, to: 2 }),
    r.tensor('uint8', []),
    r.tensor('float', [], { from: 1, to: 2 }),
    r.tensor('uint8', []),
  ],
})

const nhwc = (r, x) => {
  const order = [0, ...x.dims.keys()].filter((k, n) => n === 0 || k > 1)
  const dims = [...order.map(k => x.dims[k]), x.dims[1]]
  return r.tensor(x.type, dims)
}

export const windowsMicrosoft = {
  FusedConv: r => {
    const c = conv(['float'])(r)
    c.attrs.activation = s(r.pick(['Relu', 'Tanh', 'Sigmoid']))
    return c
  },
  ConvTransposeWithDynamicPads: r => {
    const c = transpose()(r)
    const spatial = c.in[0].dims.length - 2
    delete c.attrs.pads
    delete c.attrs.auto_pad
    delete c.attrs.output_shape
    const bias = c.in[2] || null
    return {
      ...c,
      in: [
        c.in[0],
        c.in[1],
        r.list(r.ints(2 * spatial, 0, 1)),
        ...(bias ? [bias] : []),
      ],
    }
  },
  MaxpoolWithMask: r => {
    const c = pool({ types: ['float'] })(r, 12)
    return { ...c, in: [c.in[0], r.tensor('int32', c.in[0].dims, { from: 0, to: 1 })] }
  },
  QLinearAveragePool: (r, v) => {
    const c = pool({ dilations: 99 })(r, 12)
    if (r.chance(0.5)) {
      c.in[0] = nhwc(r, c.in[0])
      c.attrs.channels_last = i(1)
    }
    return quantized(r, c)
  },
  QLinearGlobalAveragePool: r => {
    const c = globalPool()(r)
    c.attrs = { channels_last: i(0) }
    if (r.chance(0.5)) {
      c.in[0] = nhwc(r, c.in[0])
      c.attrs.channels_last = i(1)
    }
    return quantized(r, c)
  },
  NhwcMaxPool: (r, v) => {
    const c = pool()(r, 12)
    const x = nhwc(r, c.in[0])
    x.type = r.pick(['uint8', 'int8'])
    x.data = x.data.map(d => Math.abs(Math.trunc(d)))
    return { ...c, in: [x] }
  },
  QLinearConv: (r, v) => {
    const c = windows.QLinearConv(r)
    if (r.chance()) {
      c.in[0] = nhwc(r, c.in[0])
      c.in[0].data = c.in[0].data.map(Math.abs)
      c.attrs.channels_last = i(1)
    }
    return c
  },
  NhwcConv: r => {
    const c = conv(['float'])(r)
    return { ...c, in: [nhwc(r, c.in[0]), ...c.in.slice(1)] }
  },
  NhwcFusedConv: r => {
    const c = conv(['float16'])(r)
    return { ...c, in: [nhwc(r, c.in[0]), ...c.in.slice(1)] }
  },
  GridSample: r => {
    const n = r.int(1, 2)
    return {
      in: [
        r.tensor('float', [n, r.int(1, 3), ...r.ints(2, 2, 5)]),
        r.tensor('float', [n, r.dim(), r.dim(), 2], { from: -1, to: 1 }),
      ],
      attrs: r.some({
        mode: s(r.pick(['bilinear', 'nearest', 'bicubic'])),
        align_corners: i(1),
      }),
    }
  },
  CropAndResize: r => {
    const n = r.int(1, 3)
    return {
      in: [
        r.tensor('float', [2, r.int(1, 3), 6, 7]),
        r.tensor('float', [n, 4], { from: 0, to: 1 }),
        r.tensor('int32', [n], { from: 0, to: 1 }),
        r.list([r.int(1, 4), r.int(1, 4)], 'int32'),
      ],
      attrs: r.some({
        mode: s(r.pick(['bilinear', 'nearest'])),
        extrapolation_value: f(1),
      }),
    }
  },
}
