import SpanlinkRuntime
internal import TracingCore

/// The measurements of one channel. The series of successful operations are looked up once and kept.
final class ChannelMetrics: Sendable {
    private let destination: MessageDestination?
    private let instrumentation: MessagingInstrumentation
    private let state = Mutex<State?>(nil)

    /// The series for one provider, the one used last: a test's own provider takes the place of the service's, and back.
    private struct State {
        let provider: MeterProvider
        let instruments: MessagingMetrics
        var series: [SeriesKey: OperationSeries] = [:]
        var last: (key: SeriesKey, series: OperationSeries)?
    }

    private struct SeriesKey: Hashable {
        let operation: MessagingOperation
        let partition: Int32
    }

    init(_ destination: MessageDestination?, instrumentation: MessagingInstrumentation) {
        self.destination = destination
        self.instrumentation = instrumentation
    }

    /// The series of successful operations on one partition; `nil` when nothing is measured.
    func series(_ operation: MessagingOperation, partition: Int32, in provider: MeterProvider) -> OperationSeries? {
        guard provider.isEnabled else { return nil }
        return state.withLock { state in
            use(provider, in: &state)
            let key = SeriesKey(operation: operation, partition: partition)
            if let last = state!.last, last.key == key { return last.series }
            let series = state!.series[key] ?? makeSeries(key, state!.instruments)
            state!.series[key] = series
            state!.last = (key, series)
            return series
        }
    }

    /// Records an operation whose series is not kept: one that failed, or is named by its call.
    func record(
        _ operation: MessagingOperation, named name: String? = nil, seconds: Double?, messages: Int,
        partition: Int32 = -1, failure: OperationFailure? = nil, in provider: MeterProvider
    ) {
        guard provider.isEnabled else { return }
        let instruments = state.withLock { state in
            use(provider, in: &state)
            return state!.instruments
        }
        var attributes = attributes(of: operation, named: name, partition: partition)
        attributes[MessagingAttribute.errorType] = failure.map { .string($0.errorType) }
        if messages > 0 { instruments.messages(of: operation)?.add(Int64(messages), attributes: attributes) }
        guard let seconds else { return }
        if operation != .process { attributes[MessagingAttribute.operationType] = .string(operation.rawValue) }
        instruments.duration(of: operation).record(seconds, attributes: attributes)
    }

    private func use(_ provider: MeterProvider, in state: inout State?) {
        if state?.provider === provider { return }
        state = State(
            provider: provider, instruments: MessagingMetrics(provider: provider, scope: instrumentation.scope))
    }

    private func makeSeries(_ key: SeriesKey, _ instruments: MessagingMetrics) -> OperationSeries {
        let attributes = attributes(of: key.operation, named: nil, partition: key.partition)
        var typed = attributes
        if key.operation != .process {
            typed[MessagingAttribute.operationType] = .string(key.operation.rawValue)
        }
        let isConsumer = key.operation == .receive || key.operation == .process
        return OperationSeries(
            messages: instruments.messages(of: key.operation)?.bind(attributes),
            duration: instruments.duration(of: key.operation).bind(typed),
            timeInQueue: isConsumer ? instruments.timeInQueue.bind(attributes) : nil)
    }

    private func attributes(of operation: MessagingOperation, named name: String?, partition: Int32) -> Attributes {
        let system = instrumentation.system
        let client = instrumentation.client
        var attributes: Attributes = [
            MessagingAttribute.system: .string(system.name),
            MessagingAttribute.operationName: .string(name ?? system.name(of: operation)),
        ]
        // A name goes on a metric only when it is known to be one of few.
        if let template = destination?.template {
            attributes[MessagingAttribute.destinationTemplate] = .string(template)
        } else if let destination = destination?.lowCardinalityName {
            attributes[MessagingAttribute.destinationName] = .string(destination)
        }
        if partition >= 0 {
            attributes[MessagingAttribute.destinationPartitionID] = .string(PartitionID.text(partition))
        }
        if let group = system.consumerGroupAttribute, operation != .send {
            attributes[group] = client.consumerGroup.map { .string($0) }
        }
        attributes[MessagingAttribute.serverAddress] = client.serverAddress.map { .string($0) }
        attributes[MessagingAttribute.serverPort] = client.serverPort.map { .int($0) }
        return attributes
    }
}

/// The series that successful operations of one kind on one partition are recorded in, without a lock.
final class OperationSeries: Sendable {
    let messages: BoundCounter?
    let duration: BoundHistogram
    let timeInQueue: BoundHistogram?

    init(messages: BoundCounter?, duration: BoundHistogram, timeInQueue: BoundHistogram?) {
        self.messages = messages
        self.duration = duration
        self.timeInQueue = timeInQueue
    }
}
