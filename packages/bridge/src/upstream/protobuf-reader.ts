/** Wire types of protobuf fields. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** Reads the fields of one protobuf message one by one. Malformed input ends it, and never throws. */
export class ProtobufReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0
  #isMalformed = false
  #field = 0
  #wireType = 0
  /** Value of the field: the number, or the length of the bytes. */
  #value = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The input is no protobuf message. */
  get isMalformed(): boolean {
    return this.#isMalformed
  }

  get field(): number {
    return this.#field
  }

  get wireType(): number {
    return this.#wireType
  }

  /** A varint, exact up to 2^53. */
  get varint(): number {
    return this.#value
  }

  /** A double (`wireType.fixed64`). */
  get double(): number {
    return this.#view.getFloat64(this.#at - 8, true)
  }

  /** Goes to the next field. False: there is none, or the input is malformed. */
  next(): boolean {
    if (this.#at === this.#bytes.length) return false
    const tag = this.#varint()
    this.#field = Math.floor(tag / 8)
    this.#wireType = tag % 8
    if (this.#isMalformed || this.#field === 0 || this.#field > 0x1fff_ffff) return this.#malformed()
    switch (this.#wireType) {
      case wireType.varint:
        this.#value = this.#varint()
        return !this.#isMalformed
      case wireType.fixed64:
        return this.#skip(8)
      case wireType.bytes:
        return this.#skip(this.#varint())
      case wireType.fixed32:
        return this.#skip(4)
      default:
        return this.#malformed() // groups, which proto3 does not have
    }
  }

  #skip(length: number): boolean {
    if (this.#isMalformed || length > this.#bytes.length - this.#at) return this.#malformed()
    this.#at += length
    return true
  }

  #varint(): number {
    let value = 0
    let factor = 1
    for (let count = 0; count < 10 && this.#at < this.#bytes.length; count++) {
      const byte = this.#bytes[this.#at++]
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
    this.#malformed()
    return 0
  }

  #malformed(): false {
    this.#isMalformed = true
    return false
  }
}
