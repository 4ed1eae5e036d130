import SpanlinkRuntime
import TestSupport
import Testing

@Suite struct DequeTests {
    @Test(arguments: 0..<20 as Range<UInt64>) func behavesLikeAnArray(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        var deque: Deque<Int> = []
        var array: [Int] = []
        for value in 0..<3_000 {
            // Each seed leans towards growing or shrinking, so that the ring grows, wraps and empties.
            switch Int.random(in: 0..<(seed.isMultiple(of: 2) ? 12 : 16), using: &generator) {
            case 0...2:
                deque.append(value)
                array.append(value)
            case 3...4:
                deque.prepend(value)
                array.insert(value, at: 0)
            case 5:
                deque.append(contentsOf: value..<(value + 5))
                array.append(contentsOf: value..<(value + 5))
            case 6:
                deque.prepend(contentsOf: [value, value + 1, value + 2])
                array.insert(contentsOf: [value, value + 1, value + 2], at: 0)
            case 7:
                let count = Int.random(in: 0...array.count, using: &generator) / 3
                deque.removeFirst(count)
                array.removeFirst(count)
            case 8 where !array.isEmpty:
                let index = array.indices.randomElement(using: &generator)!
                #expect(deque.remove(at: index) == array.remove(at: index))
            case 9 where !array.isEmpty:
                let index = array.indices.randomElement(using: &generator)!
                deque[index] += 1_000_000
                array[index] += 1_000_000
            case 8 where value % 10 == 0:
                deque.removeAll { $0.isMultiple(of: 7) }
                array.removeAll { $0.isMultiple(of: 7) }
            case 9 where value % 10 == 0:
                let other = Deque((0..<3).map { $0 + value })
                deque.append(contentsOf: other)
                array.append(contentsOf: other)
            case 10: #expect(deque.popLast() == array.popLast())
            case 11 where value % 50 == 0:
                deque.removeAll(keepingCapacity: seed.isMultiple(of: 3))
                array.removeAll()
            default:
                #expect(deque.popFirst() == (array.isEmpty ? nil : array.removeFirst()))
            }
            #expect(deque.count == array.count && deque.first == array.first && deque.last == array.last)
        }
        #expect(deque.elementsEqual(array))
    }

    @Test func copiesDoNotShareChanges() {
        var original: Deque = [1, 2, 3]
        let copy = original
        original.prepend(0)
        original[2] = 9
        #expect(Array(original) == [0, 1, 9, 3])
        #expect(Array(copy) == [1, 2, 3])
    }

    @Test func removalReleasesElements() {
        final class Element {
            let released: () -> Void
            init(_ released: @escaping () -> Void) { self.released = released }
            deinit { released() }
        }
        var released: [Int] = []
        var deque = Deque((0..<5).map { index in Element { released.append(index) } })
        _ = deque.popFirst()
        #expect(released == [0])
        deque.removeFirst(1)
        #expect(released == [0, 1])
        _ = deque.popLast()
        _ = deque.remove(at: 0)
        #expect(released == [0, 1, 4, 2])
        deque.removeAll(keepingCapacity: true)
        #expect(released == [0, 1, 4, 2, 3])
    }

    @Test func optionalElementsKeepTheirNil() {
        var deque: Deque<Int?> = [nil, 1, nil]
        #expect(deque.count == 3)
        #expect(deque.popFirst() == .some(nil))
        #expect(deque.popLast() == .some(nil))
        #expect(deque.popFirst() == .some(1))
        #expect(deque.popFirst() == nil)
    }
}
