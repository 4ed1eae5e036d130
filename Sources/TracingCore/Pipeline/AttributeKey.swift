import SpanlinkRuntime

/// The key of an attribute that is set on many spans or links. Encoders keep its encoded form.
///
/// There is one key of each name, and it is never freed, so that plain data can refer to it. Keep keys in constants: finding
/// one takes a lock. Safe from any thread.
public final class AttributeKey: Sendable, CustomStringConvertible {
    private static let all = Mutex<[String: AttributeKey]>([:])

    /// The name of the attribute.
    public let name: String
    /// Encoded forms of the name.
    @usableFromInline package let encodings = EncodingCache()

    private init(name: String) { self.name = name }

    /// The key of the given name. Names should be few: they are kept as long as the process lives.
    public static func named(_ name: String) -> AttributeKey {
        all.withLock { keys in
            if let key = keys[name] { return key }
            let key = AttributeKey(name: name)
            keys[name] = key
            return key
        }
    }

    public var description: String { name }
}
