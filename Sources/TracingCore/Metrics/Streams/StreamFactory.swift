/// Makes the streams of instruments by views and by what readers prefer.
struct StreamFactory: Sendable {
    let views: [MetricView]
    let temporalities: [MetricTemporalityPreference]
    let histogramAggregations: [HistogramAggregationPreference]
    /// Readers that take measurements as they are made, by their positions.
    let listeners: [Int: any MeasurementListener]
    let cardinalityLimit: Int
    let exemplarFilter: ExemplarFilter
    let log: any LogSink

    /// One stream before it is made.
    struct Plan {
        let setup: StreamSetup
        let aggregation: MetricAggregation
    }

    /// The streams of a synchronous instrument.
    func streams(_ descriptor: MetricDescriptor, boundaries: [Double]) -> [(MetricDescriptor, any RecordingStream)] {
        plans(descriptor, boundaries: boundaries).map { plan in (plan.setup.descriptor, stream(plan)) }
    }

    /// The streams of an asynchronous instrument.
    func streams(
        _ descriptor: MetricDescriptor, observedBy instrument: ObjectIdentifier
    ) -> [(MetricDescriptor, any CollectableMetric)] {
        plans(descriptor, boundaries: []).map { plan in
            (plan.setup.descriptor, ObservedStream(plan.setup, of: instrument))
        }
    }

    private func stream(_ plan: Plan) -> any RecordingStream {
        let isInteger = plan.setup.descriptor.isInteger
        switch plan.aggregation {
        case .explicitBucketHistogram(let bounds, let recordsMinMax):
            return MetricStream(plan.setup) { HistogramCell($0, bounds: bounds, recordsMinMax: recordsMinMax) }
        case .base2ExponentialBucketHistogram(let maxSize, let maxScale, let recordsMinMax):
            return MetricStream(plan.setup) {
                ExponentialHistogramCell(
                    $0, maxSize: max(maxSize, 2), maxScale: min(max(maxScale, -10), 20), recordsMinMax: recordsMinMax)
            }
        case .lastValue: return MetricStream(plan.setup) { LastValueCell($0, isInteger: isInteger) }
        case .sum, .default, .drop: return MetricStream(plan.setup) { SumCell($0, isInteger: isInteger) }
        }
    }

    private func plans(_ descriptor: MetricDescriptor, boundaries: [Double]) -> [Plan] {
        let selected = views.filter { $0.selector.matches(descriptor) }
        guard !selected.isEmpty else { return plans(descriptor, MetricView.Stream(), boundaries) }
        return selected.flatMap { view in
            var stream = view.stream
            if stream.name != nil, view.selector.mayMatchSeveral {
                log.warning(
                    "A view that may select several instruments cannot rename them. Select one by its full name",
                    metadata: [("view", stream.name ?? ""), ("metric", descriptor.name)])
                stream.name = nil
            }
            return plans(descriptor, stream, boundaries)
        }
    }

    /// Readers that prefer different aggregations of histograms get streams of their own.
    private func plans(
        _ descriptor: MetricDescriptor, _ stream: MetricView.Stream, _ boundaries: [Double]
    ) -> [Plan] {
        var groups: [(aggregation: MetricAggregation, readers: [Int])] = []
        for reader in temporalities.indices {
            let aggregation = aggregation(descriptor, stream, histogramAggregations[reader], boundaries)
            if let index = groups.firstIndex(where: { $0.aggregation == aggregation }) {
                groups[index].readers.append(reader)
            } else {
                groups.append((aggregation, [reader]))
            }
        }
        return groups.compactMap { aggregation, readers in
            aggregation == .drop ? nil : plan(descriptor, stream, aggregation, readers)
        }
    }

    private func plan(
        _ descriptor: MetricDescriptor, _ stream: MetricView.Stream, _ aggregation: MetricAggregation, _ readers: [Int]
    ) -> Plan {
        var descriptor = descriptor
        if let name = stream.name { descriptor.name = name }
        if let description = stream.description { descriptor.description = description }
        descriptor.kind =
            switch aggregation {
            case .explicitBucketHistogram: .histogram
            case .base2ExponentialBucketHistogram: .exponentialHistogram
            case .lastValue: .gauge
            case .sum, .default, .drop:
                .sum(isMonotonic: ![.upDownCounter, .observableUpDownCounter].contains(descriptor.type))
            }
        let setup = StreamSetup(
            descriptor: descriptor,
            slots: Dictionary(uniqueKeysWithValues: readers.enumerated().map { ($0.element, $0.offset) }),
            forgets: readers.allSatisfy {
                aggregation != .lastValue && temporalities[$0].temporality(for: descriptor.type) == .delta
            },
            cardinalityLimit: stream.cardinalityLimit ?? cardinalityLimit,
            attributeKeys: AttributeKeyFilter(stream), exemplarFilter: exemplarFilter,
            listeners: readers.compactMap { listeners[$0] }, log: log)
        return Plan(setup: setup, aggregation: aggregation)
    }

    private func aggregation(
        _ descriptor: MetricDescriptor, _ stream: MetricView.Stream, _ preference: HistogramAggregationPreference,
        _ boundaries: [Double]
    ) -> MetricAggregation {
        if let wanted = stream.aggregation, wanted != .default {
            if wanted.isCompatible(with: descriptor.type) { return sanitized(wanted, descriptor) }
            log.warning(
                "A view's aggregation does not fit the instrument, which keeps its own",
                metadata: [
                    ("metric", descriptor.name), ("type", descriptor.type.rawValue), ("aggregation", "\(wanted)"),
                ])
        }
        switch descriptor.type {
        case .counter, .upDownCounter, .observableCounter, .observableUpDownCounter: return .sum
        case .gauge, .observableGauge: return .lastValue
        case .histogram:
            switch preference {
            case .explicitBucketHistogram: return .explicitBucketHistogram(boundaries: boundaries)
            case .base2ExponentialBucketHistogram: return .base2ExponentialBucketHistogram()
            }
        }
    }

    private func sanitized(_ aggregation: MetricAggregation, _ descriptor: MetricDescriptor) -> MetricAggregation {
        guard case .explicitBucketHistogram(let boundaries, let recordsMinMax) = aggregation else {
            return aggregation
        }
        return .explicitBucketHistogram(
            boundaries: ordered(boundaries, descriptor.name), recordsMinMax: recordsMinMax)
    }

    /// The boundaries as a histogram needs them.
    func ordered(_ boundaries: [Double], _ name: String) -> [Double] {
        let bounds = MetricSyntax.sanitized(boundaries: boundaries)
        if bounds != boundaries {
            log.warning(
                "A histogram's boundaries must be finite and ascend. They were put in order",
                metadata: [("metric", name), ("boundaries", "\(boundaries)")])
        }
        return bounds
    }
}
