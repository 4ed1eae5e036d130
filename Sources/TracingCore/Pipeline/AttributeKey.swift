import SpanlinkRuntime

/// The key of an attribute that is set on many spans or links. Encoders keep its encoded form.
///
/// There is one key of each name, and it is never freed, so that plain data can refer to it without counting references.
/// Keep keys in constants: finding one takes a lock. Safe from any thread.
///
/// `@unchecked`: refers to an immutable object that lives as long as the process.
public struct AttributeKey: @unchecked Sendable, BitwiseCopyable, CustomStringConvertible {
    private static let all = Mutex<[String: AttributeKey]>([:])

    @usableFromInline let storage: Unmanaged<Storage>

    /// The parts of a key.
    @usableFromInline
    package final class Storage: Sendable {
        /// The name of the attribute.
        package let name: String
        /// Encoded forms of the name.
        package let encodings = EncodingCache()

        fileprivate init(name: String) { self.name = name }
    }

    /// The key of the given name. Names should be few: they are kept as long as the process lives.
    public static func named(_ name: String) -> AttributeKey {
        all.withLock { keys in
            if let key = keys[name] { return key }
            let key = AttributeKey(storage: .passRetained(Storage(name: name)))
            keys[name] = key
            return key
        }
    }

    private init(storage: Unmanaged<Storage>) { self.storage = storage }

    /// Runs `body` with the parts of the key.
    @inlinable @inline(__always)
    package func withStorage<Result>(_ body: (Storage) -> Result) -> Result { storage._withUnsafeGuaranteedRef(body) }

    /// The name of the attribute.
    public var name: String { withStorage(\.name) }

    public var description: String { name }
}
