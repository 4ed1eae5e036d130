/// A field of an OTLP message: its number in protobuf and its name in JSON.
struct OTLPField {
    let number: UInt32
    let name: StaticString

    @inline(__always)
    init(_ number: UInt32, _ name: StaticString) {
        self.number = number
        self.name = name
    }
}
