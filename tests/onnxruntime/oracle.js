// Runs a model in ONNX Runtime, with its optimizations off.
import ort from 'onnxruntime-node'
import { halfNumber, rawBytes } from './onnx.js'

ort.env.logLevel = 'fatal'

const NAMES = { float: 'float32', double: 'float64' }
const OURS = { float32: 'float', float64: 'double' }
const VIEW = {
  float: Float32Array,
  double: Float64Array,
  float16: Uint16Array,
  uint8: Uint8Array,
  int8: Int8Array,
  bool: Uint8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
}

function feed(t) {
  if (t.type === 'string') return new ort.Tensor('string', t.data, t.dims)
  const raw = rawBytes(t.type, t.data)
  const aligned = raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length)
  return new ort.Tensor(NAMES[t.type] || t.type, new VIEW[t.type](aligned), t.dims)
}

// The package reports an output of a type that it does not know outside of any
// promise.
let fault = null
process.on('uncaughtException', error => {
  if (!fault) throw error
  fault(error)
})

// {outputs: {name: {type, dims, data}}} or {refused: text, kind}
export async function runModel(c) {
  try {
    const session = await new Promise((resolve, reject) => {
      fault = reject
      ort.InferenceSession.create(c.bytes, {
        graphOptimizationLevel: 'disabled',
        logSeverityLevel: 4,
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
      }).then(resolve, reject)
    })
    const made = await session.run(
      Object.fromEntries(c.feeds.map(t => [t.name, feed(t)])),
    )
    const outputs = {}
    for (const [name, t] of Object.entries(made))
      outputs[name] = {
        type: OURS[t.type] || t.type,
        dims: [...t.dims],
        data: t.type === 'float16' ? [...t.data].map(halfNumber) : t.data,
      }
    await session.release()
    return { outputs }
  } catch (error) {
    const text = String(error.message || error)
    return {
      refused: text,
      kind: /NOT_IMPLEMENTED|Could not find an implementation|Failed to find kernel|not a registered function|No Op registered|Unsupported data type/.test(
        text,
      )
        ? 'no kernel'
        : 'refused',
    }
  } finally {
    fault = null
  }
}
