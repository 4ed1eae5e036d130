import SpanlinkRuntime
internal import TracingCore

/// The providers that one destination records with, found without a lock.
///
/// A service has one; tests bring their own. Further ones than the list holds are slower: their series are bound for each
/// record.
///
/// `@unchecked`: the slots hold atomics alone. `state` retains each provider's part until the list ends.
final class ProviderList: @unchecked Sendable {
    /// One provider with the instruments and the series that were bound.
    final class Measured: Sendable {
        let provider: MeterProvider
        let instruments: MessagingMetrics
        let index = SeriesIndex()

        init(_ provider: MeterProvider, scope: InstrumentationScope) {
            self.provider = provider
            instruments = MessagingMetrics(provider: provider, scope: scope)
        }
    }

    private static let capacity = 4

    private let slots: UnsafeMutablePointer<Atomic<UnsafeRawPointer?>>
    private let state = Mutex<[Measured]>([])

    init() {
        slots = .allocate(capacity: Self.capacity)
        for index in 0..<Self.capacity { (slots + index).initialize(to: Atomic(nil)) }
    }

    deinit {
        slots.deinitialize(count: Self.capacity)
        slots.deallocate()
    }

    /// The part of `provider`, which the list retains; `nil` if it has none.
    @inline(__always)
    func first(_ provider: MeterProvider) -> Unmanaged<Measured>? {
        for index in 0..<Self.capacity {
            guard let slot = slots[index].load(ordering: .acquiring) else { return nil }
            let measured = Unmanaged<Measured>.fromOpaque(slot)
            if measured._withUnsafeGuaranteedRef({ $0.provider === provider }) { return measured }
        }
        return nil
    }

    /// The part of `provider`: the one there is, or a new one, which is kept if there is room.
    func add(_ provider: MeterProvider, scope: InstrumentationScope) -> Measured {
        state.withLock { state in
            if let known = state.first(where: { $0.provider === provider }) { return known }
            let measured = Measured(provider, scope: scope)
            guard state.count < Self.capacity else { return measured }
            slots[state.count].store(
                UnsafeRawPointer(Unmanaged.passUnretained(measured).toOpaque()), ordering: .releasing)
            state.append(measured)
            return measured
        }
    }
}
