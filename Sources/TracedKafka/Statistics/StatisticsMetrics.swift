internal import MessagingTracing
import SpanlinkRuntime
internal import TracingCore

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// Turns librdkafka's statistics, which come as JSON at an interval, into metrics named `spanlink.kafka.*`.
///
/// Called on the poller's thread, one document at a time.
final class StatisticsMetrics: Sendable {
    private let backend: TracingBackend?
    private let scope: InstrumentationScope
    private let clientID: String
    private let state = Mutex(State())

    private struct State {
        var provider: MeterProvider?
        var totals: [String: Int64] = [:]
        /// Partitions that had a lag in the last document: one that is revoked must not keep its last value for ever.
        var lags: [String: BoundGauge] = [:]
    }

    init(instrumentation: MessagingInstrumentation) {
        self.backend = instrumentation.backend
        self.scope = instrumentation.scope
        self.clientID = instrumentation.clientFacts.clientID ?? ""
    }

    func record(_ json: UnsafeRawBufferPointer) {
        let provider = TracingBackend.resolve(backend, in: .none).meterProvider
        guard provider.isEnabled,
            let statistics = try? JSONDecoder().decode(KafkaStatistics.self, from: Data(json))
        else { return }
        state.withLock { state in
            if state.provider !== provider { state = State(provider: provider) }
            record(statistics, provider, &state)
        }
    }

    private func record(_ statistics: KafkaStatistics, _ provider: MeterProvider, _ state: inout State) {
        let client: Attributes = ["messaging.system": "kafka", "messaging.client.id": .string(clientID)]
        func gauge(_ name: String, _ unit: String, _ text: String, _ value: Double?, _ more: Attributes = [:]) {
            guard let value else { return }
            var attributes = client
            attributes.merge(more)
            provider.gauge(name: name, unit: unit, description: text, scope: scope)
                .record(value, attributes: attributes)
        }
        func counter(_ name: String, _ unit: String, _ text: String, _ total: Int64?) {
            guard let total else { return }
            let before = state.totals.updateValue(total, forKey: name) ?? 0
            provider.counter(name: name, unit: unit, description: text, scope: scope)
                .add(max(0, total - before), attributes: client)
        }
        gauge(
            "spanlink.kafka.producer.queue.messages", "{message}", "Messages that wait to be sent.", statistics.msg_cnt)
        gauge("spanlink.kafka.producer.queue.size", "By", "Bytes that wait to be sent.", statistics.msg_size)
        counter("spanlink.kafka.client.requests", "{request}", "Requests sent to brokers.", statistics.tx)
        counter("spanlink.kafka.client.sent", "By", "Bytes sent to brokers.", statistics.tx_bytes)
        counter("spanlink.kafka.client.received", "By", "Bytes received from brokers.", statistics.rx_bytes)
        for broker in (statistics.brokers ?? [:]).values where broker.nodeid >= 0 {
            gauge(
                "spanlink.kafka.broker.round_trip_time", "s", "Time between a request and its answer, on average.",
                (broker.rtt?.avg).map { $0 / 1_000_000 }, ["messaging.kafka.broker.id": .int(broker.nodeid)])
        }
        recordLags(statistics, provider, &state)
    }

    private func recordLags(_ statistics: KafkaStatistics, _ provider: MeterProvider, _ state: inout State) {
        let lag = provider.gauge(
            name: "spanlink.kafka.consumer.lag", unit: "{message}",
            description: "How many messages of a partition the consumer has not taken yet.", scope: scope)
        var gone = state.lags
        for (topic, partitions) in statistics.topics ?? [:] {
            for partition in partitions.partitions.values where partition.partition >= 0 {
                guard let behind = partition.consumer_lag, behind >= 0 else { continue }
                let key = "\(topic)/\(partition.partition)"
                let bound =
                    state.lags[key]
                    ?? lag.bind([
                        "messaging.system": "kafka", "messaging.client.id": .string(clientID),
                        "messaging.destination.name": .string(topic),
                        "messaging.destination.partition.id": .string(String(partition.partition)),
                    ])
                bound.record(behind)
                state.lags[key] = bound
                gone[key] = nil
            }
        }
        for (key, bound) in gone {
            bound.clear()
            state.lags[key] = nil
        }
    }
}
