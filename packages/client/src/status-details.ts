import { base64Decode, BinaryReader, WireType } from "@bufbuild/protobuf/wire"

/**
 * An error detail in the form that connect's `findDetails` expects: the name of a message type, and the message's
 * bytes.
 */
interface StatusDetail {
  type: string
  value: Uint8Array
}

/**
 * Decodes the details of a grpc-status-details-bin value, which is a `google.rpc.Status`. It is decoded by hand: the
 * generated type would add 25 kB of descriptors to every page. Unreadable details give an empty list, because the
 * status itself matters more.
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

/** google.protobuf.Any: type_url = 1, value = 2. The type name follows the last slash of the URL. */
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
