/// One attribute as plain data: a key and a number, or a key and borrowed text.
///
/// Text is borrowed: the owner of the list that the fact belongs to keeps it.
package struct AttributeFact: BitwiseCopyable {
    /// The type of a fact's value.
    package enum Value: BitwiseCopyable {
        case int(Int64)
        case double(Double)
        case bool(Bool)
        /// UTF-8.
        case text(UnsafeRawBufferPointer)
    }

    private let unmanagedKey: Unmanaged<AttributeKey>
    /// The value.
    package let value: Value

    @inline(__always)
    init(_ key: AttributeKey, _ value: Value) {
        unmanagedKey = .passUnretained(key)
        self.value = value
    }

    /// The key. Keys are never freed.
    @inline(__always)
    package var key: AttributeKey { unmanagedKey._withUnsafeGuaranteedRef { $0 } }
}

/// Attributes of one span or link as plain data, in memory of the caller's stack: no allocation, no reference counting.
///
/// The list owns the copies of short texts; a text that does not fit is copied to the heap and freed with the list.
package struct AttributeFacts: ~Copyable {
    /// The number of facts that a list can hold. Further ones are not added.
    package static let capacity = 16
    private static let textCapacity = 512

    private let facts: UnsafeMutablePointer<AttributeFact>
    private let text: UnsafeMutableRawPointer
    private var textCount = 0
    private var longTexts: UnsafeMutableRawPointer?
    /// The number of facts.
    package private(set) var count = 0

    /// Runs `body` with an empty list.
    @inline(__always)
    package static func withList<Result: ~Copyable, Failure: Error>(
        _ body: (inout AttributeFacts) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withMemory { (memory) throws(Failure) -> Result in
            var list = AttributeFacts(memory)
            return try body(&list)
        }
    }

    /// Runs `body` with memory for one list: at most 1,024 bytes, so that it is on the stack.
    @inline(__always)
    static func withMemory<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let size = capacity * MemoryLayout<AttributeFact>.stride + textCapacity
        return try withUnsafeTemporaryAllocation(byteCount: size, alignment: 8, body)
    }

    @inline(__always)
    init(_ memory: UnsafeMutableRawBufferPointer) {
        let base = memory.baseAddress!
        facts = base.bindMemory(to: AttributeFact.self, capacity: Self.capacity)
        text = base + Self.capacity * MemoryLayout<AttributeFact>.stride
    }

    deinit { Self.free(longTexts) }

    /// The facts, valid until the next change and as long as the list.
    @inline(__always)
    package var elements: UnsafeBufferPointer<AttributeFact> { UnsafeBufferPointer(start: facts, count: count) }

    /// Removes all facts.
    @inline(__always)
    package mutating func removeAll() {
        count = 0
        textCount = 0
        if let block = longTexts {
            Self.free(block)
            longTexts = nil
        }
    }

    @inline(__always)
    package mutating func append(_ key: AttributeKey, _ value: Int64) { append(AttributeFact(key, .int(value))) }

    @inline(__always)
    package mutating func append(_ key: AttributeKey, _ value: Double) { append(AttributeFact(key, .double(value))) }

    @inline(__always)
    package mutating func append(_ key: AttributeKey, _ value: Bool) { append(AttributeFact(key, .bool(value))) }

    /// Adds UTF-8 text that stays where it is as long as the list is used.
    @inline(__always)
    package mutating func append(_ key: AttributeKey, borrowing text: UnsafeRawBufferPointer) {
        append(AttributeFact(key, .text(text)))
    }

    /// Adds a copy of the text.
    @inline(__always)
    package mutating func append(_ key: AttributeKey, _ value: String) {
        var value = value
        let copy = value.withUTF8 { keep(UnsafeRawBufferPointer($0)) }
        append(AttributeFact(key, .text(copy)))
    }

    @inline(__always)
    private mutating func append(_ fact: AttributeFact) {
        guard count < Self.capacity else { return }
        (facts + count).initialize(to: fact)
        count += 1
    }

    @inline(__always)
    private mutating func keep(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard bytes.count <= Self.textCapacity - textCount else { return keepLong(bytes) }
        let copy = UnsafeMutableRawBufferPointer(start: text + textCount, count: bytes.count)
        copy.copyMemory(from: bytes)
        textCount += bytes.count
        return UnsafeRawBufferPointer(copy)
    }

    /// Long texts form a chain: each block begins with the address of the one before.
    @inline(never)
    private mutating func keepLong(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let prefix = MemoryLayout<UnsafeMutableRawPointer?>.size
        let block = UnsafeMutableRawPointer.allocate(byteCount: prefix + bytes.count, alignment: 8)
        block.storeBytes(of: longTexts, as: UnsafeMutableRawPointer?.self)
        longTexts = block
        let copy = UnsafeMutableRawBufferPointer(start: block + prefix, count: bytes.count)
        copy.copyMemory(from: bytes)
        return UnsafeRawBufferPointer(copy)
    }

    private static func free(_ chain: UnsafeMutableRawPointer?) {
        var rest = chain
        while let block = rest {
            rest = block.load(as: UnsafeMutableRawPointer?.self)
            block.deallocate()
        }
    }
}

extension AttributeFact {
    /// The fact as an attribute of its own, for code that needs objects.
    package var attribute: Attribute {
        switch value {
        case .int(let value): Attribute(key.name, .int(value))
        case .double(let value): Attribute(key.name, .double(value))
        case .bool(let value): Attribute(key.name, .bool(value))
        case .text(let bytes): Attribute(key.name, .string(String(decoding: bytes, as: UTF8.self)))
        }
    }
}
