import SpanlinkRuntime

/// Spans as bytes in slabs: the thread that ends a span encodes it into its own slab.
///
/// The bound of bytes counts whole slabs, free ones included. One span that is larger than the bound is accepted if nothing
/// else waits.
///
/// `@unchecked`: `gathered` and `cursor` are only touched under the lock `taking`. Everything else is atomic or behind a
/// lock.
final class EncodedSpanBuffer: SpanBuffer, @unchecked Sendable {
    struct Batch {
        let spans: EncodedSpans
        /// Slabs whose last span is in this batch.
        fileprivate let slabs: [SpanSlab]
    }

    private struct Shared {
        var full: [SpanSlab] = []
        var free: [SpanSlab] = []
        var writers: [SlabWriter] = []
        var nextSequence: UInt64 = 0
        var isClosed = false
    }

    /// Free slabs beyond this number give their memory back.
    private static let spareSlabs = 32
    private static let numbers = Atomic<UInt64>(1)

    private let exporter: any EncodedSpanExporter
    private let encoder: any SpanEncoder
    private let limits: SpanBufferLimits
    private let slabSize: Int
    /// Tells the buffers of a process apart; never used twice.
    private let number: UInt64
    private let shared = Mutex(Shared())
    /// Spans that wait, and at most one more for each thread that is about to lose one.
    private let queued = Atomic<Int>(0)
    private let hasAlarm = Atomic(false)
    private let bytes = Atomic<Int>(0)
    private let freeBytes = Atomic<Int>(0)
    /// No slab can be had until one is given back.
    private let isFull = Atomic(false)

    /// Held while spans are gathered or taken. True once the spans that waited are dropped.
    private let taking = Mutex(false)
    /// Slabs in the order of export.
    private var gathered: [SpanSlab] = []
    /// The place behind the records of the first slab that are taken, and the number of these.
    private var cursor = (offset: 0, taken: 0)

    init(exporter: any EncodedSpanExporter, limits: SpanBufferLimits) {
        self.exporter = exporter
        self.encoder = exporter.spanEncoder
        self.limits = limits
        self.slabSize = min(256 << 10, max(1 << 10, limits.bytes / 16))
        self.number = Self.numbers.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    var count: Int { queued.load(ordering: .sequentiallyConsistent) }

    func setAlarm(_ isSet: Bool) { hasAlarm.store(isSet, ordering: .sequentiallyConsistent) }

    var isHeavy: Bool { bytes.load(ordering: .relaxed) - freeBytes.load(ordering: .relaxed) >= limits.bytes / 2 }
}

// MARK: - On threads that end spans

extension EncodedSpanBuffer {
    /// Encodes a span into the slab of the calling thread. Never waits for an export.
    @inline(__always)
    func offer(_ span: borrowing EndedSpan, of origin: SpanOrigin) -> SpanOffer {
        let offer = ThreadWriters.withWriter(of: number, make: { makeWriter() }) { writer in
            writer.state.withLock { state in write(span, origin, &state) }
        }
        return offer ?? .lost(.queueBytes)
    }

    private func makeWriter() -> SlabWriter {
        let writer = SlabWriter()
        shared.withLock { shared in
            if shared.isClosed {
                writer.state.withLock { $0.isClosed = true }
            } else {
                shared.writers.append(writer)
            }
        }
        return writer
    }

    @inline(__always)
    private func write(
        _ span: borrowing EndedSpan, _ origin: SpanOrigin, _ state: inout SlabWriter.State
    ) -> SpanOffer {
        guard !state.isClosed else { return .lost(.alreadyShutdown) }
        let waiting = queued.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
        guard waiting <= limits.count else { return lost(.queueFull) }
        let size = state.withSlab { slab in
            slab.append(origin) { encoder.encode(span, into: $0) } ?? 0
        }
        if size == 0 { return mustWake(waiting) ? .acceptedWakeUp : .accepted }
        if let slab = state.take() { handOver(slab) }
        return writeIntoNewSlab(span, origin, waiting, size ?? SpanSlab.headerSize, &state)
    }

    @inline(never)
    private func writeIntoNewSlab(
        _ span: borrowing EndedSpan, _ origin: SpanOrigin, _ waiting: Int, _ size: Int, _ state: inout SlabWriter.State
    ) -> SpanOffer {
        var size = size
        while true {
            // Threads whose spans are dropped leave the lock to the export thread.
            if size <= slabSize, isFull.load(ordering: .relaxed) { return lost(.queueBytes) }
            guard let slab = takeSlab(of: size) else { return lost(.queueBytes) }
            guard let needed = slab.append(origin, { encoder.encode(span, into: $0) }) else {
                if slab.capacity > slabSize { handOver(slab) } else { state.put(slab) }
                return mustWake(waiting) || isHeavy ? .acceptedWakeUp : .accepted
            }
            free(slab)
            size = needed
        }
    }

    /// Whether the export thread has to look: a batch is full, or nobody watches the clock for the first span.
    @inline(__always)
    private func mustWake(_ waiting: Int) -> Bool {
        waiting == limits.batch || waiting == 1 && !hasAlarm.load(ordering: .sequentiallyConsistent)
    }

    private func lost(_ reason: SpanLossReason) -> SpanOffer {
        queued.wrappingSubtract(1, ordering: .acquiringAndReleasing)
        return .lost(reason)
    }

    private func handOver(_ slab: SpanSlab) { shared.withLock { $0.full.append(slab) } }

    /// A slab with room for a record of `size` bytes; `nil` if the bound of bytes forbids it.
    private func takeSlab(of size: Int) -> SpanSlab? {
        shared.withLock { shared in
            if size <= slabSize, let slab = shared.free.popLast() {
                freeBytes.wrappingSubtract(slab.capacity, ordering: .relaxed)
                return use(slab, &shared)
            }
            let capacity = max(size, slabSize)
            while bytes.load(ordering: .relaxed) + capacity > limits.bytes, let spare = shared.free.popLast() {
                freeBytes.wrappingSubtract(spare.capacity, ordering: .relaxed)
                bytes.wrappingSubtract(spare.capacity, ordering: .relaxed)
            }
            let inUse = bytes.load(ordering: .relaxed)
            guard inUse == 0 || inUse + capacity <= limits.bytes else {
                if size <= slabSize { isFull.store(true, ordering: .relaxed) }
                return nil
            }
            bytes.wrappingAdd(capacity, ordering: .relaxed)
            return use(SpanSlab(capacity: capacity), &shared)
        }
    }

    private func use(_ slab: SpanSlab, _ shared: inout Shared) -> SpanSlab {
        shared.nextSequence += 1
        slab.sequence = shared.nextSequence
        return slab
    }

    /// Keeps an empty slab for its next use, or frees it.
    private func free(_ slab: SpanSlab) {
        slab.removeAll()
        shared.withLock { shared in
            if slab.capacity == slabSize, shared.free.count < Self.spareSlabs, !shared.isClosed {
                shared.free.append(slab)
                freeBytes.wrappingAdd(slab.capacity, ordering: .relaxed)
            } else {
                bytes.wrappingSubtract(slab.capacity, ordering: .relaxed)
            }
            isFull.store(false, ordering: .relaxed)
        }
    }
}

// MARK: - On the export thread

extension EncodedSpanBuffer {
    func collect() -> Int {
        taking.withLock { isAbandoned in
            isAbandoned ? 0 : gather()
        }
    }

    private func gather() -> Int {
        var slabs: [SpanSlab] = []
        let writers = shared.withLock { $0.writers }
        var orphans: Set<ObjectIdentifier> = []
        for writer in writers {
            writer.state.withLock { state in
                if let slab = state.take() { slabs.append(slab) }
                if state.isOrphan { orphans.insert(ObjectIdentifier(writer)) }
            }
        }
        // Read the full slabs last: a writer may have handed one over before its lock was taken above.
        shared.withLock { shared in
            slabs.append(contentsOf: shared.full)
            shared.full.removeAll(keepingCapacity: true)
            // No writer's lock in here: a writer takes this lock while it holds its own.
            if !orphans.isEmpty { shared.writers.removeAll { orphans.contains(ObjectIdentifier($0)) } }
        }
        gathered.append(contentsOf: slabs.sorted { $0.sequence < $1.sequence })
        return gatheredCount
    }

    private var gatheredCount: Int { gathered.reduce(-cursor.taken) { $0 + $1.count } }

    func take(_ limit: Int) -> Batch {
        taking.withLock { isAbandoned in
            guard !isAbandoned else { return Batch(spans: EncodedSpans(groups: []), slabs: []) }
            if gatheredCount < limit { _ = gather() }
            let batch = takeGathered(limit)
            queued.wrappingSubtract(batch.spans.count, ordering: .acquiringAndReleasing)
            return batch
        }
    }

    private func takeGathered(_ limit: Int) -> Batch {
        var groups = GroupedSpans()
        var emptied = 0
        taking: for slab in gathered {
            // Neighbours mostly have the same origin, so the group is looked up only when it changes.
            var current = -1
            while let record = slab.record(at: cursor.offset) {
                guard groups.count < limit else { break taking }
                if record.origin != current {
                    current = record.origin
                    groups.select(slab.origins[current])
                }
                groups.append(record.span)
                cursor = (record.next, cursor.taken + 1)
            }
            emptied += 1
            cursor = (0, 0)
        }
        defer { gathered.removeFirst(emptied) }
        return Batch(spans: EncodedSpans(groups: groups.groups), slabs: Array(gathered[..<emptied]))
    }

    func count(of batch: borrowing Batch) -> Int { batch.spans.count }

    func export(_ batch: borrowing Batch, by deadline: ContinuousClock.Instant) -> Int {
        exporter.export(batch.spans, deadline: deadline)
    }

    func recycle(_ batch: consuming Batch) { for slab in batch.slabs { free(slab) } }

    func close() {
        let writers = shared.withLock { shared in
            shared.isClosed = true
            return shared.writers
        }
        for writer in writers { writer.state.withLock { $0.isClosed = true } }
    }

    func abandon() -> Int {
        close()
        return taking.withLock { isAbandoned in
            isAbandoned = true
            return queued.exchange(0, ordering: .acquiringAndReleasing)
        }
    }
}

/// Records by resource and scope, in the order in which these first come.
private struct GroupedSpans {
    private(set) var groups: [EncodedSpans.Group] = []
    private(set) var count = 0
    private var selected = 0

    /// Makes the group of an origin that of the next records.
    mutating func select(_ origin: SpanSlab.Origin) {
        let resource = origin.resource.value
        let known = groups.firstIndex { $0.scope == origin.scope && $0.resource == resource }
        selected = known ?? groups.count
        if known == nil { groups.append(.init(resource: resource, scope: origin.scope, spans: [])) }
    }

    mutating func append(_ span: UnsafeRawBufferPointer) {
        count += 1
        groups[selected].spans.append(span)
    }
}
