import { base64Decode, BinaryReader, WireType } from "@bufbuild/protobuf/wire"

/** An error detail as connect's `findDetails` takes it: the name of a message type, and the message's bytes. */
interface StatusDetail {
  type: string
  value: Uint8Array
}

/**
 * The details in a grpc-status-details-bin value, which is a `google.rpc.Status`. Read by hand: the generated type would
 * bring 25 kB of descriptors into every page. Details that cannot be read are none, for the status itself matters more.
 */
export function decodeStatusDetails(value: string): StatusDetail[] {
  try {
    // google.rpc.Status: code = 1, message = 2, repeated google.protobuf.Any details = 3
    const anys = fieldsOf(base64Decode(value)).filter(([field]) => field === 3)
    return anys.map(([, any]) => detailOf(any))
  } catch {
    return []
  }
}

/** google.protobuf.Any: type_url = 1, value = 2. The name stands after the last slash of the URL. */
function detailOf(any: Uint8Array): StatusDetail {
  const fields = new Map(fieldsOf(any))
  const type = new TextDecoder().decode(fields.get(1))
  return { type: type.replace(/^.*\//, ""), value: fields.get(2) ?? new Uint8Array() }
}

/** The fields of a message that are strings, bytes or messages. */
function fieldsOf(message: Uint8Array): [field: number, value: Uint8Array][] {
  const fields: [number, Uint8Array][] = []
  const reader = new BinaryReader(message)
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (wireType === WireType.LengthDelimited) fields.push([field, reader.bytes()])
    else reader.skip(wireType, field)
  }
  return fields
}
