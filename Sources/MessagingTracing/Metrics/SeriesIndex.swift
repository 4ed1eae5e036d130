import SpanlinkRuntime

/// The bound series of one destination and one provider, found without a lock.
///
/// Entries are added and never changed or removed. Their number is bounded: an application may make up names and errors.
///
/// `@unchecked`: the slots hold atomics alone. `state` retains all entries and all generations of slots until the index
/// ends, so that a caller that holds the index may use them without retaining them.
final class SeriesIndex: @unchecked Sendable {
    private final class Entry: Sendable {
        let key: SeriesKey
        let series: OperationSeries

        init(_ key: SeriesKey, _ series: OperationSeries) {
            self.key = key
            self.series = series
        }
    }

    /// A hash table with open addressing. One slot in two is empty at least, so that each search ends.
    ///
    /// `@unchecked`: the memory belongs to the object until its `deinit` and holds atomics alone.
    private final class Slots: @unchecked Sendable {
        let mask: Int
        let entries: UnsafeMutablePointer<Atomic<UnsafeRawPointer?>>

        init(capacity: Int) {
            mask = capacity - 1
            entries = .allocate(capacity: capacity)
            for index in 0..<capacity { (entries + index).initialize(to: Atomic(nil)) }
        }

        deinit {
            entries.deinitialize(count: mask + 1)
            entries.deallocate()
        }

        /// The entry is retained by the index.
        func insert(_ entry: Entry) {
            var index = entry.key.hash & mask
            while entries[index].load(ordering: .relaxed) != nil { index = (index + 1) & mask }
            entries[index].store(UnsafeRawPointer(Unmanaged.passUnretained(entry).toOpaque()), ordering: .releasing)
        }
    }

    private struct State {
        var entries: [Entry] = []
        /// Older generations too: a thread may still search them.
        var generations: [Slots]
        var texts = 0
    }

    private static let maxEntries = 8_192
    private static let maxTexts = 256

    private let current: Atomic<UnsafeRawPointer>
    private let state: Mutex<State>

    init() {
        let slots = Slots(capacity: 16)
        current = Atomic(UnsafeRawPointer(Unmanaged.passUnretained(slots).toOpaque()))
        state = Mutex(State(generations: [slots]))
    }

    /// Calls `body` with the series of `key`; `nil` if there is none.
    @inline(__always)
    func withSeries<Result>(_ key: SeriesKey, _ body: (OperationSeries) -> Result) -> Result? {
        Unmanaged<Slots>.fromOpaque(current.load(ordering: .acquiring))._withUnsafeGuaranteedRef { slots in
            var index = key.hash & slots.mask
            while let entry = slots.entries[index].load(ordering: .acquiring) {
                let found = Unmanaged<Entry>.fromOpaque(entry)._withUnsafeGuaranteedRef { entry -> Result? in
                    entry.key == key ? body(entry.series) : nil
                }
                if let found { return found }
                index = (index + 1) & slots.mask
            }
            return nil
        }
    }

    /// The series of `key`: the one there is, or a new one, which is kept unless the index is full.
    func series(_ key: SeriesKey, make: () -> OperationSeries) -> OperationSeries {
        state.withLock { state in
            if let known = withSeries(key, { $0 }) { return known }
            let series = make()
            guard state.entries.count < Self.maxEntries, !key.hasText || state.texts < Self.maxTexts else {
                return series
            }
            if key.hasText { state.texts += 1 }
            let entry = Entry(key, series)
            state.entries.append(entry)
            let slots = state.generations[state.generations.count - 1]
            if state.entries.count * 2 <= slots.mask {
                slots.insert(entry)
            } else {
                let larger = Slots(capacity: (slots.mask + 1) * 2)
                for entry in state.entries { larger.insert(entry) }
                state.generations.append(larger)
                current.store(
                    UnsafeRawPointer(Unmanaged.passUnretained(larger).toOpaque()), ordering: .releasing)
            }
            return series
        }
    }
}
