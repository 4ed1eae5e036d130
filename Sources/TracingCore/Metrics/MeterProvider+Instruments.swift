/// Synchronous instruments.
extension MeterProvider {
    /// The counter of integers of that name, unit and scope; the same each time.
    public func counter(
        name: String, unit: String = "", description: String = "", scope: InstrumentationScope
    ) -> MetricCounter {
        guard let registry else { return MetricCounter(nil) }
        return registry.instrument(
            MetricDescriptor(
                name: name, unit: unit, description: description, scope: scope, type: .counter, isInteger: true,
                kind: .sum(isMonotonic: true))
        ) { MetricCounter($0) }
    }

    /// The counter of floating-point numbers of that name, unit and scope; the same each time.
    public func doubleCounter(
        name: String, unit: String = "", description: String = "", scope: InstrumentationScope
    ) -> MetricDoubleCounter {
        guard let registry else { return MetricDoubleCounter(nil) }
        return registry.instrument(
            MetricDescriptor(
                name: name, unit: unit, description: description, scope: scope, type: .counter, isInteger: false,
                kind: .sum(isMonotonic: true))
        ) { MetricDoubleCounter($0) }
    }

    /// The up-down counter of integers of that name, unit and scope; the same each time.
    public func upDownCounter(
        name: String, unit: String = "", description: String = "", scope: InstrumentationScope
    ) -> MetricUpDownCounter {
        guard let registry else { return MetricUpDownCounter(nil) }
        return registry.instrument(
            MetricDescriptor(
                name: name, unit: unit, description: description, scope: scope, type: .upDownCounter, isInteger: true,
                kind: .sum(isMonotonic: false))
        ) { MetricUpDownCounter($0) }
    }

    /// The up-down counter of floating-point numbers of that name, unit and scope; the same each time.
    public func doubleUpDownCounter(
        name: String, unit: String = "", description: String = "", scope: InstrumentationScope
    ) -> MetricDoubleUpDownCounter {
        guard let registry else { return MetricDoubleUpDownCounter(nil) }
        return registry.instrument(
            MetricDescriptor(
                name: name, unit: unit, description: description, scope: scope, type: .upDownCounter, isInteger: false,
                kind: .sum(isMonotonic: false))
        ) { MetricDoubleUpDownCounter($0) }
    }

    /// The histogram of that name, unit and scope; the same each time.
    ///
    /// `boundaries` are the inclusive upper bounds of its buckets, ascending; without any there are no buckets, only
    /// count, sum, minimum and maximum. The boundaries of the first call for an instrument count. A view or a reader that
    /// prefers exponential buckets overrides them.
    public func histogram(
        name: String, unit: String = "", description: String = "", scope: InstrumentationScope,
        boundaries: [Double] = MetricHistogram.defaultBoundaries
    ) -> MetricHistogram {
        guard let registry else { return MetricHistogram(nil) }
        return registry.instrument(
            MetricDescriptor(
                name: name, unit: unit, description: description, scope: scope, type: .histogram, isInteger: false,
                kind: .histogram), boundaries: registry.factory.ordered(boundaries, name)
        ) { MetricHistogram($0) }
    }

    /// The histogram of integers of that name, unit and scope; the same each time.
    ///
    /// `boundaries` are the inclusive upper bounds of its buckets, ascending; without any there are no buckets, only
    /// count, sum, minimum and maximum. The boundaries of the first call for an instrument count. A view or a reader that
    /// prefers exponential buckets overrides them.
    public func intHistogram(
        name: String, unit: String = "", description: String = "", scope: InstrumentationScope,
        boundaries: [Double] = MetricHistogram.defaultBoundaries
    ) -> MetricIntHistogram {
        guard let registry else { return MetricIntHistogram(nil) }
        return registry.instrument(
            MetricDescriptor(
                name: name, unit: unit, description: description, scope: scope, type: .histogram, isInteger: true,
                kind: .histogram), boundaries: registry.factory.ordered(boundaries, name)
        ) { MetricIntHistogram($0) }
    }

    /// The gauge of that name, unit and scope; the same each time.
    public func gauge(
        name: String, unit: String = "", description: String = "", scope: InstrumentationScope
    ) -> MetricGauge {
        guard let registry else { return MetricGauge(nil) }
        return registry.instrument(
            MetricDescriptor(
                name: name, unit: unit, description: description, scope: scope, type: .gauge, isInteger: false,
                kind: .gauge)
        ) { MetricGauge($0) }
    }

    /// The gauge of integers of that name, unit and scope; the same each time.
    public func intGauge(
        name: String, unit: String = "", description: String = "", scope: InstrumentationScope
    ) -> MetricIntGauge {
        guard let registry else { return MetricIntGauge(nil) }
        return registry.instrument(
            MetricDescriptor(
                name: name, unit: unit, description: description, scope: scope, type: .gauge, isInteger: true,
                kind: .gauge)
        ) { MetricIntGauge($0) }
    }
}

/// Asynchronous instruments, of `Int64` or `Double`.
extension MeterProvider {
    /// The asynchronous counter of that name, unit and scope: callbacks observe totals that only grow.
    ///
    /// - Parameter callback: runs at each collection, with further ones of ``MetricObservable/onCollect(_:)``.
    @discardableResult
    public func observableCounter<Value: MetricValue>(
        of type: Value.Type, name: String, unit: String = "", description: String = "",
        scope: InstrumentationScope, _ callback: (@Sendable (MetricObserver<Value>) -> Void)? = nil
    ) -> MetricObservable<Value> {
        observable(name, unit, description, scope, .observableCounter, .sum(isMonotonic: true), callback)
    }

    /// The asynchronous up-down counter of that name, unit and scope: callbacks observe totals.
    ///
    /// - Parameter callback: runs at each collection, with further ones of ``MetricObservable/onCollect(_:)``.
    @discardableResult
    public func observableUpDownCounter<Value: MetricValue>(
        of type: Value.Type, name: String, unit: String = "", description: String = "",
        scope: InstrumentationScope, _ callback: (@Sendable (MetricObserver<Value>) -> Void)? = nil
    ) -> MetricObservable<Value> {
        observable(name, unit, description, scope, .observableUpDownCounter, .sum(isMonotonic: false), callback)
    }

    /// The asynchronous gauge of that name, unit and scope: callbacks observe values that are not added up.
    ///
    /// - Parameter callback: runs at each collection, with further ones of ``MetricObservable/onCollect(_:)``.
    @discardableResult
    public func observableGauge<Value: MetricValue>(
        of type: Value.Type, name: String, unit: String = "", description: String = "",
        scope: InstrumentationScope, _ callback: (@Sendable (MetricObserver<Value>) -> Void)? = nil
    ) -> MetricObservable<Value> {
        observable(name, unit, description, scope, .observableGauge, .gauge, callback)
    }

    private func observable<Value: MetricValue>(
        _ name: String, _ unit: String, _ description: String, _ scope: InstrumentationScope,
        _ type: MetricInstrumentType, _ kind: MetricData.Kind,
        _ callback: (@Sendable (MetricObserver<Value>) -> Void)?
    ) -> MetricObservable<Value> {
        guard let registry else { return MetricObservable(isRegistered: false) }
        let instrument: MetricObservable<Value> = registry.observable(
            MetricDescriptor(
                name: name, unit: unit, description: description, scope: scope, type: type,
                isInteger: Value.self == Int64.self, kind: kind)
        ) { MetricObservable(isRegistered: true) }
        if let callback { instrument.onCollect(callback) }
        return instrument
    }
}
