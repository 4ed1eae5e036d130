import SpanlinkRuntime
internal import TracingCore

/// The measurements of one destination. Each series is bound once and then found without a lock.
final class DestinationMetrics: Sendable {
    private let destination: MessageDestination?
    private let instrumentation: MessagingInstrumentation
    private let providers = ProviderList()

    init(_ destination: MessageDestination?, instrumentation: MessagingInstrumentation) {
        self.destination = destination
        self.instrumentation = instrumentation
    }

    /// The series of successful operations on one partition; `nil` if nothing is measured.
    func series(_ operation: MessagingOperation, partition: Int32, in provider: MeterProvider) -> OperationSeries? {
        guard provider.isEnabled else { return nil }
        return withSeries(SeriesKey(operation: operation, partition: partition), provider) { $0 }
    }

    /// Records an operation that has ended.
    ///
    /// - Parameters:
    ///   - name: the name of the call, if the operation has several.
    ///   - seconds: how long the operation took; `nil` if only messages are counted.
    ///   - messages: the number of messages to count.
    ///   - context: the operation's span, for exemplars.
    func record(
        _ operation: MessagingOperation, named name: String? = nil, seconds: Double?, messages: Int,
        partition: Int32 = -1, failure: OperationFailure? = nil, context: SpanContext, in provider: MeterProvider
    ) {
        guard provider.isEnabled else { return }
        let key = SeriesKey(
            operation: operation, partition: partition, name: name, errorType: failure?.errorType)
        withSeries(key, provider) { series in
            if messages > 0 { series.messages?.add(Int64(messages), context: context) }
            if let seconds { series.duration.record(seconds, context: context) }
        }
    }

    private func withSeries<Result>(
        _ key: SeriesKey, _ provider: MeterProvider, _ body: (OperationSeries) -> Result
    ) -> Result {
        if let measured = providers.first(provider) {
            return measured._withUnsafeGuaranteedRef { measured in
                if let result = measured.index.withSeries(key, body) { return result }
                return body(measured.index.series(key) { makeSeries(key, measured.instruments) })
            }
        }
        let measured = providers.add(provider, scope: instrumentation.scope)
        return body(measured.index.series(key) { makeSeries(key, measured.instruments) })
    }

    private func makeSeries(_ key: SeriesKey, _ instruments: MessagingMetrics) -> OperationSeries {
        var attributes = attributes(of: key.operation, named: key.name, partition: key.partition)
        attributes[MessagingAttribute.errorType] = key.errorType.map { .string($0) }
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
