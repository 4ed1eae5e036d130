/// One attribute as plain data: a key and a number, or a key and borrowed text.
///
/// Text is borrowed: the owner of the list that the fact belongs to keeps it.
@usableFromInline
package struct AttributeFact: BitwiseCopyable {
    /// The type of a fact's value.
    @usableFromInline
    package enum Value: BitwiseCopyable {
        case int(Int64)
        case double(Double)
        case bool(Bool)
        /// UTF-8.
        case text(UnsafeRawBufferPointer)
    }

    /// The key.
    @usableFromInline package let key: AttributeKey
    /// The value.
    @usableFromInline package let value: Value

    @inlinable
    init(_ key: AttributeKey, _ value: Value) {
        self.key = key
        self.value = value
    }
}

/// Attributes of one span or link as plain data, in memory of the caller's stack: no allocation, no reference counting.
///
/// The list owns the copies of short texts; a text that does not fit is copied to the heap and freed with the list.
public struct AttributeFacts: ~Copyable {
    /// The number of facts that a list can hold. Further ones are dropped and counted.
    @inlinable public static var capacity: Int { 24 }
    @inlinable static var textCapacity: Int { 256 }

    @usableFromInline let facts: UnsafeMutablePointer<AttributeFact>
    @usableFromInline let text: UnsafeMutableRawPointer
    @usableFromInline var textCount = 0
    @usableFromInline var longTexts: UnsafeMutableRawPointer?
    @usableFromInline var storedCount = 0
    /// The number of facts that did not fit.
    @usableFromInline var droppedCount = 0
    /// The number of facts.
    @inlinable public var count: Int { storedCount }

    /// Runs `body` with an empty list.
    @inlinable
    public static func withList<Result: ~Copyable, Failure: Error>(
        _ body: (inout AttributeFacts) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withMemory { (memory) throws(Failure) -> Result in
            var list = AttributeFacts(memory)
            return try body(&list)
        }
    }

    /// Runs `body` with memory for one list: at most 1,024 bytes, so that it is on the stack.
    @inlinable
    static func withMemory<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let size = capacity * MemoryLayout<AttributeFact>.stride + textCapacity
        return try withUnsafeTemporaryAllocation(byteCount: size, alignment: 8, body)
    }

    @inlinable
    init(_ memory: UnsafeMutableRawBufferPointer) {
        let base = memory.baseAddress!
        facts = base.bindMemory(to: AttributeFact.self, capacity: Self.capacity)
        text = base + Self.capacity * MemoryLayout<AttributeFact>.stride
    }

    @inlinable
    deinit { Self.free(longTexts) }

    /// The facts, valid until the next change and as long as the list.
    @inline(__always)
    package var elements: UnsafeBufferPointer<AttributeFact> { UnsafeBufferPointer(start: facts, count: count) }

    /// Removes all facts.
    @inline(__always)
    package mutating func removeAll() {
        storedCount = 0
        droppedCount = 0
        textCount = 0
        if let block = longTexts {
            Self.free(block)
            longTexts = nil
        }
    }

    /// Adds an integer.
    @inlinable
    public mutating func append(_ key: AttributeKey, _ value: some FixedWidthInteger) {
        append(AttributeFact(key, .int(Int64(clamping: value))))
    }

    /// Adds a floating-point number.
    @inlinable
    public mutating func append(_ key: AttributeKey, _ value: Double) { append(AttributeFact(key, .double(value))) }

    /// Adds a Boolean.
    @inlinable
    public mutating func append(_ key: AttributeKey, _ value: Bool) { append(AttributeFact(key, .bool(value))) }

    /// Adds UTF-8 text that stays where it is as long as the list is used.
    @inlinable
    public mutating func append(_ key: AttributeKey, borrowing text: UnsafeRawBufferPointer) {
        append(AttributeFact(key, .text(text)))
    }

    /// Adds a copy of the text.
    @inlinable
    public mutating func append(_ key: AttributeKey, _ value: String) {
        var value = value
        let copy = value.withUTF8 { keep(UnsafeRawBufferPointer($0)) }
        append(AttributeFact(key, .text(copy)))
    }

    /// Adds the decimal digits of a number as text.
    @inlinable
    public mutating func append(_ key: AttributeKey, digitsOf number: Int32) {
        withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { buffer in
            var (rest, start) = (number.magnitude, buffer.count)
            repeat {
                start -= 1
                buffer[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if number < 0 {
                start -= 1
                buffer[start] = UInt8(ascii: "-")
            }
            append(AttributeFact(key, .text(keep(UnsafeRawBufferPointer(rebasing: buffer[start...])))))
        }
    }

    /// Adds an attribute of any scalar kind.
    ///
    /// - Returns: false for bytes, arrays and maps, which are not added.
    public mutating func append(_ attribute: Attribute) -> Bool {
        let key = AttributeKey.named(attribute.key)
        switch attribute.value {
        case .string(let value): append(key, value)
        case .bool(let value): append(key, value)
        case .int(let value): append(key, value)
        case .double(let value): append(key, value)
        case .bytes, .array, .map: return false
        }
        return true
    }

    @inlinable
    mutating func append(_ fact: AttributeFact) {
        guard storedCount < Self.capacity else {
            droppedCount += 1
            return
        }
        (facts + storedCount).initialize(to: fact)
        storedCount += 1
    }

    @inlinable
    mutating func keep(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard bytes.count <= Self.textCapacity - textCount else { return keepLong(bytes) }
        let copy = UnsafeMutableRawBufferPointer(start: text + textCount, count: bytes.count)
        copy.copyMemory(from: bytes)
        textCount += bytes.count
        return UnsafeRawBufferPointer(copy)
    }

    /// Long texts form a chain: each block begins with the address of the one before.
    @usableFromInline
    mutating func keepLong(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let prefix = MemoryLayout<UnsafeMutableRawPointer?>.size
        let block = UnsafeMutableRawPointer.allocate(byteCount: prefix + bytes.count, alignment: 8)
        block.storeBytes(of: longTexts, as: UnsafeMutableRawPointer?.self)
        longTexts = block
        let copy = UnsafeMutableRawBufferPointer(start: block + prefix, count: bytes.count)
        copy.copyMemory(from: bytes)
        return UnsafeRawBufferPointer(copy)
    }

    @usableFromInline
    static func free(_ chain: UnsafeMutableRawPointer?) {
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

extension AttributeFacts {
    /// The facts as attributes of their own.
    package var attributes: Attributes {
        guard count > 0 else { return Attributes() }
        var attributes = Attributes(on: .empty, capacity: count)
        for fact in elements {
            let attribute = fact.attribute
            attributes.append(attribute.key, attribute.value)
        }
        return attributes
    }
}

extension Attributes {
    /// The attributes of a set, then those that `append` adds. Their keys differ.
    init(on shared: AttributeSet, adding append: (inout AttributeFacts) -> Void) {
        self = AttributeFacts.withList { list in
            append(&list)
            return Attributes(on: shared, adding: list)
        }
    }

    /// The attributes of a set, then the facts. Their keys differ.
    package init(on shared: AttributeSet, adding facts: borrowing AttributeFacts) {
        self.init(on: shared, capacity: facts.count)
        for fact in facts.elements {
            let attribute = fact.attribute
            append(attribute.key, attribute.value)
        }
    }
}
