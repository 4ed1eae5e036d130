/// One attribute: a key and its value.
public struct Attribute: Sendable, Hashable {
    public var key: String
    public var value: AttributeValue

    @inlinable
    public init(_ key: String, _ value: AttributeValue) {
        self.key = key
        self.value = value
    }
}

/// Attributes in the order in which they were set, each key once.
///
/// A collection may stand on a shared, immutable set (``AttributeSet``): what a client states with every span is kept
/// once and not copied for each. Lookup is linear: telemetry has few attributes, and they are mostly written and read
/// through. An attribute with an empty key is invalid and left out.
public struct Attributes: Sendable {
    @usableFromInline var shared: AttributeSet?
    @usableFromInline var own: [Attribute]

    @inlinable
    public init() {
        self.shared = nil
        self.own = []
    }

    /// Attributes on top of a shared set, with room for `capacity` more.
    @inlinable
    public init(on shared: AttributeSet, capacity: Int = 0) {
        self.shared = shared.isEmpty ? nil : shared
        self.own = []
        if capacity > 0 { own.reserveCapacity(capacity) }
    }

    /// The attributes in order; of a key that comes twice the last value counts.
    public init(_ attributes: some Sequence<Attribute>) {
        self.init()
        for attribute in attributes { self[attribute.key] = attribute.value }
    }

    /// The value of `key`; `nil` removes it.
    public subscript(key: String) -> AttributeValue? {
        get {
            if let index = own.firstIndex(where: { $0.key == key }) { return own[index].value }
            return shared?.elements.first { $0.key == key }?.value
        }
        set {
            guard !key.isEmpty else { return }
            if let shared, shared.elements.contains(where: { $0.key == key }) {
                own.insert(contentsOf: shared.elements, at: 0)
                self.shared = nil
            }
            if let index = own.firstIndex(where: { $0.key == key }) {
                if let newValue { own[index].value = newValue } else { own.remove(at: index) }
            } else if let newValue {
                own.append(Attribute(key, newValue))
            }
        }
    }

    /// Whether there is an attribute of that key.
    package func contains(_ key: String) -> Bool {
        own.contains { $0.key == key } || shared?.elements.contains { $0.key == key } ?? false
    }

    /// Adds an attribute whose key the caller knows to be new: no lookup.
    @inlinable
    public mutating func append(_ key: String, _ value: AttributeValue) {
        guard !key.isEmpty else { return }
        own.append(Attribute(key, value))
    }

    /// The set that the attributes stand on, whose elements come first.
    package var sharedSet: AttributeSet? { shared }
    /// The attributes that are not in the shared set.
    package var ownElements: [Attribute] { own }

    /// A rough size in bytes, by which queues bound their memory; what is shared takes none.
    var estimatedSize: Int { own.reduce(0) { $0 + 40 + $1.value.estimatedSize } }

    /// Sets every attribute of `other`; of a key that both have, `other`'s value counts.
    public mutating func merge(_ other: Attributes) {
        if isEmpty {
            self = other
        } else {
            for attribute in other { self[attribute.key] = attribute.value }
        }
    }
}

extension Attributes: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { (shared?.elements.count ?? 0) + own.count }
    public var count: Int { endIndex }
    public subscript(position: Int) -> Attribute {
        let base = shared?.elements.count ?? 0
        return position < base ? shared!.elements[position] : own[position - base]
    }
}

extension Attributes: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, AttributeValue)...) {
        self.init(elements.lazy.map { Attribute($0.0, $0.1) })
    }
}

/// Two collections are equal when they say the same of the same keys, in whatever order.
extension Attributes: Hashable {
    public static func == (one: Attributes, other: Attributes) -> Bool {
        one.isIdentical(to: other) || one.count == other.count && one.allSatisfy { other[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for attribute in self { sum &+= attribute.hashValue }
        hasher.combine(sum)
    }
}

extension Attributes {
    /// Whether both stand on the same memory, as copies of one value do.
    private func isIdentical(to other: Attributes) -> Bool {
        guard shared === other.shared, own.count == other.own.count else { return false }
        return own.withUnsafeBufferPointer { one in
            other.own.withUnsafeBufferPointer { one.baseAddress == $0.baseAddress }
        }
    }
}

extension Attributes: CustomStringConvertible {
    public var description: String { "[" + map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "]" }
}

/// An immutable set of attributes that many spans or links share by reference.
public final class AttributeSet: Sendable {
    @usableFromInline let elements: [Attribute]
    /// Whether no value holds others.
    let isFlat: Bool
    /// Whether the set is small and flat, so that default limits leave it as it is.
    var isPlain: Bool { isFlat && elements.count <= 32 }
    /// Encoded forms of the attributes.
    package let encodings = EncodingCache()

    /// The set with the given attributes.
    public init(_ attributes: Attributes) {
        let elements = Array(attributes)
        self.elements = elements
        self.isFlat = elements.allSatisfy { attribute in
            switch attribute.value {
            case .array, .map: false
            default: true
            }
        }
    }

    /// The set without attributes.
    public static let empty = AttributeSet([:])

    /// Whether nothing is in the set.
    @inlinable public var isEmpty: Bool { elements.isEmpty }

    /// The attributes of the set.
    public var attributes: Attributes { Attributes(on: self) }

    /// Runs `body` with the attributes of the set.
    @inline(__always)
    package func withElements<Result>(_ body: (UnsafeBufferPointer<Attribute>) -> Result) -> Result {
        elements.withUnsafeBufferPointer(body)
    }
}
