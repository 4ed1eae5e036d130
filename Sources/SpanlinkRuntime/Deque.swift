/// A queue with two ends in a ring of memory: appending, prepending and removing at either end take constant time.
///
/// Elements are numbered from 0 at the front. The memory grows to the next power of two and is kept when the queue empties.
package struct Deque<Element> {
    /// The ring, empty or of a power of two; `nil` where no element is.
    @usableFromInline package var slots: ContiguousArray<Element?> = []
    /// The slot of the first element.
    @usableFromInline package var head = 0
    @usableFromInline package var length = 0

    @inlinable package init() {}

    @inlinable package init(_ elements: some Sequence<Element>) { append(contentsOf: elements) }

    /// The slot of the element `offset` places behind the first one; `offset` may be -1.
    @inlinable func slot(_ offset: Int) -> Int { (head &+ offset) & (slots.count &- 1) }

    @inlinable mutating func makeRoom() {
        guard length == slots.count else { return }
        var larger = ContiguousArray<Element?>()
        larger.reserveCapacity(Swift.max(8, length * 2))
        for offset in 0..<length { larger.append(slots[slot(offset)]) }
        larger.append(contentsOf: repeatElement(nil, count: Swift.max(8, length * 2) - length))
        slots = larger
        head = 0
    }

    // MARK: At the ends

    @inlinable package mutating func append(_ element: Element) {
        makeRoom()
        slots[slot(length)] = element
        length += 1
    }

    @inlinable package mutating func append(contentsOf elements: some Sequence<Element>) {
        for element in elements { append(element) }
    }

    /// Takes over the memory of `other` if this queue is empty.
    @inlinable package mutating func append(contentsOf other: Deque) {
        guard !isEmpty else { return self = other }
        for element in other { append(element) }
    }

    @inlinable package mutating func prepend(_ element: Element) {
        makeRoom()
        head = slot(-1)
        slots[head] = element
        length += 1
    }

    /// Puts elements before the first one, in their order.
    @inlinable package mutating func prepend(contentsOf elements: some BidirectionalCollection<Element>) {
        for element in elements.reversed() { prepend(element) }
    }

    @inlinable package mutating func popFirst() -> Element? {
        guard length > 0 else { return nil }
        let element = slots[head].take()
        head = slot(1)
        length -= 1
        return element
    }

    @inlinable package mutating func popLast() -> Element? {
        guard length > 0 else { return nil }
        length -= 1
        return slots[slot(length)].take()
    }

    /// Removes the first `count` elements, of which there must be so many.
    @inlinable package mutating func removeFirst(_ count: Int) {
        precondition(count >= 0 && count <= length)
        for offset in 0..<count { slots[slot(offset)] = nil }
        head = count == 0 ? head : slot(count)
        length -= count
    }

    // MARK: Anywhere

    /// Removes an element in linear time; the later ones move up.
    @inlinable package mutating func remove(at index: Int) -> Element {
        precondition(index >= 0 && index < length)
        for offset in index..<(length - 1) { slots.swapAt(slot(offset), slot(offset + 1)) }
        return popLast()!
    }

    /// Removes the elements for which `isRemoved` returns true; the others keep their order.
    @inlinable package mutating func removeAll(where isRemoved: (Element) -> Bool) {
        // Once around the ring.
        for _ in 0..<length {
            guard let element = popFirst() else { return }
            if !isRemoved(element) { append(element) }
        }
    }

    /// Removes all elements, and the memory unless `keepsCapacity`.
    @inlinable package mutating func removeAll(keepingCapacity keepsCapacity: Bool = false) {
        if keepsCapacity { removeFirst(length) } else { self = Deque() }
    }
}

extension Deque: Sendable where Element: Sendable {}

extension Deque: RandomAccessCollection, MutableCollection {
    @inlinable package var startIndex: Int { 0 }
    @inlinable package var endIndex: Int { length }

    @inlinable package subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < length)
            return slots[slot(index)]!
        }
        _modify {
            precondition(index >= 0 && index < length)
            yield &slots[slot(index)]!
        }
    }
}

extension Deque: ExpressibleByArrayLiteral {
    @inlinable package init(arrayLiteral elements: Element...) { self.init(elements) }
}
