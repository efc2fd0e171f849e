// Written by hand in the layout of the CommonJS output of protoc-gen-js 3.21, which npm has no platform-free copy of: what a
// bundler gets is the same but for names.

const jspb = require("google-protobuf")

/** @constructor */
function SayHelloRequest(data) {
  jspb.Message.initialize(this, data, 0, -1, null, null)
}
exports.SayHelloRequest = SayHelloRequest
jspb.inherits(SayHelloRequest, jspb.Message)

SayHelloRequest.prototype.toObject = function (includeInstance) {
  return SayHelloRequest.toObject(includeInstance, this)
}
SayHelloRequest.toObject = function (includeInstance, msg) {
  const object = {
    name: jspb.Message.getFieldWithDefault(msg, 1, ""),
    count: jspb.Message.getFieldWithDefault(msg, 2, 0),
  }
  if (includeInstance) object.$jspbMessageInstance = msg
  return object
}
SayHelloRequest.deserializeBinary = function (bytes) {
  return SayHelloRequest.deserializeBinaryFromReader(new SayHelloRequest(), new jspb.BinaryReader(bytes))
}
SayHelloRequest.deserializeBinaryFromReader = function (msg, reader) {
  while (reader.nextField() && !reader.isEndGroup()) {
    switch (reader.getFieldNumber()) {
      case 1:
        msg.setName(reader.readString())
        break
      case 2:
        msg.setCount(reader.readInt32())
        break
      default:
        reader.skipField()
    }
  }
  return msg
}
SayHelloRequest.prototype.serializeBinary = function () {
  const writer = new jspb.BinaryWriter()
  SayHelloRequest.serializeBinaryToWriter(this, writer)
  return writer.getResultBuffer()
}
SayHelloRequest.serializeBinaryToWriter = function (message, writer) {
  const name = message.getName()
  if (name.length > 0) writer.writeString(1, name)
  const count = message.getCount()
  if (count !== 0) writer.writeInt32(2, count)
}
SayHelloRequest.prototype.getName = function () {
  return jspb.Message.getFieldWithDefault(this, 1, "")
}
SayHelloRequest.prototype.setName = function (value) {
  return jspb.Message.setProto3StringField(this, 1, value)
}
SayHelloRequest.prototype.getCount = function () {
  return jspb.Message.getFieldWithDefault(this, 2, 0)
}
SayHelloRequest.prototype.setCount = function (value) {
  return jspb.Message.setProto3IntField(this, 2, value)
}

/** @constructor */
function SayHelloResponse(data) {
  jspb.Message.initialize(this, data, 0, -1, null, null)
}
exports.SayHelloResponse = SayHelloResponse
jspb.inherits(SayHelloResponse, jspb.Message)

SayHelloResponse.prototype.toObject = function (includeInstance) {
  return SayHelloResponse.toObject(includeInstance, this)
}
SayHelloResponse.toObject = function (includeInstance, msg) {
  const object = {
    message: jspb.Message.getFieldWithDefault(msg, 1, ""),
    id: jspb.Message.getFieldWithDefault(msg, 2, 0),
  }
  if (includeInstance) object.$jspbMessageInstance = msg
  return object
}
SayHelloResponse.deserializeBinary = function (bytes) {
  return SayHelloResponse.deserializeBinaryFromReader(new SayHelloResponse(), new jspb.BinaryReader(bytes))
}
SayHelloResponse.deserializeBinaryFromReader = function (msg, reader) {
  while (reader.nextField() && !reader.isEndGroup()) {
    switch (reader.getFieldNumber()) {
      case 1:
        msg.setMessage(reader.readString())
        break
      case 2:
        msg.setId(reader.readInt64())
        break
      default:
        reader.skipField()
    }
  }
  return msg
}
SayHelloResponse.prototype.serializeBinary = function () {
  const writer = new jspb.BinaryWriter()
  SayHelloResponse.serializeBinaryToWriter(this, writer)
  return writer.getResultBuffer()
}
SayHelloResponse.serializeBinaryToWriter = function (message, writer) {
  const text = message.getMessage()
  if (text.length > 0) writer.writeString(1, text)
  const id = message.getId()
  if (id !== 0) writer.writeInt64(2, id)
}
SayHelloResponse.prototype.getMessage = function () {
  return jspb.Message.getFieldWithDefault(this, 1, "")
}
SayHelloResponse.prototype.setMessage = function (value) {
  return jspb.Message.setProto3StringField(this, 1, value)
}
SayHelloResponse.prototype.getId = function () {
  return jspb.Message.getFieldWithDefault(this, 2, 0)
}
SayHelloResponse.prototype.setId = function (value) {
  return jspb.Message.setProto3IntField(this, 2, value)
}
