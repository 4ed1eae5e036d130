import SpanlinkRuntime
import Testing

@Suite struct ReadMostlyTests {
    private final class Token: Sendable {
        let number: Int
        let living: Counter
        init(_ number: Int, _ living: Counter) {
            self.number = number
            self.living = living
            living.count.add(1, ordering: .relaxed)
        }
        deinit { living.count.subtract(1, ordering: .relaxed) }
    }

    private final class Counter: Sendable {
        let count = Atomic<Int>(0)
    }

    @Test func updateReturnsOldValueAndReadsSeeTheNew() {
        let cell = ReadMostly(1)
        #expect(cell.value == 1)
        #expect(cell.update { $0 + 1 } == 1)
        #expect(cell.value == 2)
    }

    @Test func readersNeverSeeAFreedValue() async {
        let living = Counter()
        let cell = ReadMostly(Token(0, living))
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<6 {
                group.addTask { (0..<20_000).reduce(0) { last, _ in max(last, cell.value.number) } }
            }
            for _ in 0..<2 {
                group.addTask {
                    for _ in 0..<1_000 { cell.update { Token($0.number + 1, living) } }
                    return 0
                }
            }
            for await last in group { #expect(last <= 2_000) }
        }
        #expect(cell.value.number == 2_000)
        #expect(living.count.load(ordering: .relaxed) == 1)
    }
}
