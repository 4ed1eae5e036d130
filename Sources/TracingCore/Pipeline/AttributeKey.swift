/// The key of an attribute that adapters set on many spans or links. Encoders keep its encoded form.
///
/// Declare keys as static constants: a key is never freed, so that plain data can refer to it.
public final class AttributeKey: Sendable, CustomStringConvertible {
    /// The name of the attribute.
    public let name: String
    /// Encoded forms of the name.
    @usableFromInline package let encodings = EncodingCache()

    /// A key that lives as long as the process.
    public init(_ name: String) {
        self.name = name
        _ = Unmanaged.passRetained(self)
    }

    public var description: String { name }
}
