// Where ONNX Runtime leaves the standard: docs/onnxruntime.md says how. A case
// that mismatches and falls under one of these is counted apart.
const DEPARTURES = []

// The name of the departure that explains the verdict on case c, or undefined.
export const departure = (c, v) => DEPARTURES.find(d => d.is(c, v))?.name
