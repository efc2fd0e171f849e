import { base64Decode, BinaryReader } from "@bufbuild/protobuf/wire"

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
  const details: StatusDetail[] = []
  try {
    // google.rpc.Status: code = 1, message = 2, repeated google.protobuf.Any details = 3
    readFields(base64Decode(value), (reader, field) => {
      if (field === 3) details.push(decodeAny(reader.bytes()))
      return field === 3
    })
  } catch {
    return []
  }
  return details
}

/** google.protobuf.Any: type_url = 1, value = 2. The name stands after the last slash of the URL. */
function decodeAny(bytes: Uint8Array): StatusDetail {
  const detail: StatusDetail = { type: "", value: new Uint8Array() }
  readFields(bytes, (reader, field) => {
    if (field === 1) detail.type = reader.string().replace(/^.*\//, "")
    if (field === 2) detail.value = reader.bytes()
    return field === 1 || field === 2
  })
  return detail
}

/** Calls `read` for each field of a message; it tells whether it has read the field, or leaves it to be skipped. */
function readFields(bytes: Uint8Array, read: (reader: BinaryReader, field: number) => boolean): void {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (!read(reader, field)) reader.skip(wireType, field)
  }
}
