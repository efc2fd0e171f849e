import { ProtobufReader, wireType } from "../protobuf-reader.ts"

/** The part of a backend's report that balancing uses. Each number is finite and not negative; 0 if it is not reported. */
export interface LoadReport {
  /** 0 to 1, more under overload. */
  readonly cpuUtilization: number
  /** Takes the place of the CPU's if it is above 0. */
  readonly applicationUtilization: number
  readonly qps: number
  readonly eps: number
}

/** Field numbers of `xds.data.orca.v3.OrcaLoadReport`. */
const fields = { cpuUtilization: 1, rps: 3, rpsFractional: 6, eps: 7, applicationUtilization: 9 } as const

/** Parses the value of `endpoint-load-metrics-bin`: base64, with or without padding. Null: it is no load report. */
export function parseLoadReport(value: string): LoadReport | null {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(value) ? decodeLoadReport(Buffer.from(value, "base64")) : null
}

/** Decodes a protobuf message. Null: it is malformed. */
export function decodeLoadReport(bytes: Uint8Array): LoadReport | null {
  const reader = new ProtobufReader(bytes)
  let [cpuUtilization, applicationUtilization, rps, rpsFractional, eps] = [0, 0, 0, 0, 0]
  while (reader.next()) {
    if (reader.wireType === wireType.varint && reader.field === fields.rps) rps = reader.varint
    if (reader.wireType !== wireType.fixed64) continue
    const { double } = reader
    if (!Number.isFinite(double) || double < 0) continue
    if (reader.field === fields.cpuUtilization) cpuUtilization = double
    else if (reader.field === fields.applicationUtilization) applicationUtilization = double
    else if (reader.field === fields.rpsFractional) rpsFractional = double
    else if (reader.field === fields.eps) eps = double
  }
  if (reader.isMalformed) return null
  return { cpuUtilization, applicationUtilization, qps: rpsFractional > 0 ? rpsFractional : rps, eps }
}
