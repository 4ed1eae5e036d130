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
    private let bytes = Atomic<Int>(0)
    private let freeBytes = Atomic<Int>(0)

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
        self.slabSize = min(64 << 10, max(1 << 10, limits.bytes / 16))
        self.number = Self.numbers.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    var count: Int { queued.load(ordering: .acquiring) }

    var isHeavy: Bool { bytes.load(ordering: .relaxed) - freeBytes.load(ordering: .relaxed) >= limits.bytes / 2 }
}

// MARK: - On threads that end spans

extension EncodedSpanBuffer {
    /// Encodes a span into the slab of the calling thread. Never waits for an export.
    @inline(__always)
    func offer(_ span: borrowing EndedSpan, scope: InstrumentationScope, resource: SharedResource) -> SpanOffer {
        let offer = ThreadWriters.withWriter(of: number, make: makeWriter) { writer in
            writer.state.withLock { state in write(span, scope, resource, &state) }
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
        _ span: borrowing EndedSpan, _ scope: InstrumentationScope, _ resource: SharedResource,
        _ state: inout SlabWriter.State
    ) -> SpanOffer {
        guard !state.isClosed else { return .lost(.alreadyShutdown) }
        let waiting = queued.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
        guard waiting <= limits.count else { return lost(.queueFull) }
        guard let slab = state.slab else { return writeIntoNewSlab(span, scope, resource, SpanSlab.headerSize, &state) }
        guard let size = slab.append(scope: scope, resource: resource, { encoder.encode(span, into: $0) }) else {
            return waiting == 1 || waiting == limits.batch ? .acceptedWakeUp : .accepted
        }
        state.slab = nil
        handOver(slab)
        return writeIntoNewSlab(span, scope, resource, size, &state)
    }

    @inline(never)
    private func writeIntoNewSlab(
        _ span: borrowing EndedSpan, _ scope: InstrumentationScope, _ resource: SharedResource, _ size: Int,
        _ state: inout SlabWriter.State
    ) -> SpanOffer {
        var size = size
        while true {
            guard let slab = takeSlab(of: size) else { return lost(.queueBytes) }
            guard let needed = slab.append(scope: scope, resource: resource, { encoder.encode(span, into: $0) }) else {
                if slab.capacity > slabSize { handOver(slab) } else { state.slab = slab }
                return count == 1 || count >= limits.batch || isHeavy ? .acceptedWakeUp : .accepted
            }
            free(slab)
            size = needed
        }
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
            guard inUse == 0 || inUse + capacity <= limits.bytes else { return nil }
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
        var hasOrphans = false
        for writer in writers {
            writer.state.withLock { state in
                hasOrphans = hasOrphans || state.isOrphan
                guard let slab = state.slab, !slab.isEmpty else { return }
                slabs.append(slab)
                state.slab = nil
            }
        }
        // Read the full slabs last: a writer may have handed one over before its lock was taken above.
        shared.withLock { shared in
            slabs.append(contentsOf: shared.full)
            shared.full.removeAll(keepingCapacity: true)
            if hasOrphans { shared.writers.removeAll { $0.state.withLock { $0.isOrphan && $0.slab == nil } } }
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
            while let record = slab.record(at: cursor.offset) {
                guard groups.count < limit else { break taking }
                groups.append(record.span, of: slab.origins[record.origin])
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
    private var last: (origin: SpanSlab.Origin, group: Int)?

    mutating func append(_ span: UnsafeRawBufferPointer, of origin: SpanSlab.Origin) {
        count += 1
        if let last, last.origin.scope === origin.scope, last.origin.resource === origin.resource {
            groups[last.group].spans.append(span)
            return
        }
        let resource = origin.resource.value
        let known = groups.firstIndex { $0.scope == origin.scope && $0.resource == resource }
        let group = known ?? groups.count
        if known == nil { groups.append(.init(resource: resource, scope: origin.scope, spans: [])) }
        groups[group].spans.append(span)
        last = (origin, group)
    }
}
