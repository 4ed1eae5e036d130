import CLibrdkafka
import SpanlinkRuntime
import TracingCore

/// What a client does with the events that only it understands. Called on the poller's thread, at the very end on the
/// thread that destroys the client.
protocol KafkaEventReceiver: AnyObject, Sendable {
    /// Delivery reports; the event is destroyed by the caller.
    func deliveryReports(_ event: OpaquePointer, of client: KafkaHandle)
    /// Delivery reports are about to be destroyed.
    func roomWillBeMade()
    /// `count` delivery reports were destroyed: librdkafka has room for as many messages again.
    func roomMade(_ count: Int)
    /// The main queue is empty.
    func drained()
    /// The answer to an asynchronous commit.
    func offsetsCommitted(_ event: OpaquePointer, of client: KafkaHandle)
    /// The last call before `rd_kafka_destroy`: gives back queues and topics, and ends whoever still waits.
    func willDestroy()
}

/// Owns a librdkafka client (`rd_kafka_t`) and its main queue, whose events are drained on the poller's thread.
///
/// The client lives as long as it is used: its owner counts as one use, and so does each batch of messages, since
/// messages must be destroyed before the client. `rd_kafka_destroy` blocks, so it runs on a thread of its own.
final class KafkaHandle: Sendable {
    // Set once; librdkafka's functions may be called from any thread while `uses` is above zero.
    nonisolated(unsafe) let raw: OpaquePointer
    nonisolated(unsafe) private let mainQueue: OpaquePointer
    /// What librdkafka calls the client, for log entries: they may come after its end.
    private let name: String
    private let receiver: any KafkaEventReceiver
    private let logSink: (any LogSink)?
    private let onStatistics = Mutex<(@Sendable (UnsafeRawBufferPointer) -> Void)?>(nil)
    private let source = Mutex<EventPoller.Source?>(nil)
    private let fatal = Mutex<KafkaError?>(nil)
    private let refusal = Mutex<Refusal?>(nil)
    private let uses = Atomic<Int>(1)
    private let isTornDown = Atomic<Bool>(false)

    /// All brokers were unreachable when librdkafka last spoke about it. It says so once per outage, and never when it
    /// is over: who learns that a broker answers, clears it.
    let brokersDown = Atomic<Bool>(false)
    /// `rd_kafka_destroy` has returned.
    let destroyed = Promise<Void>()

    /// What librdkafka said of a broker that did not let this client in.
    private struct Refusal {
        var code: rd_kafka_resp_err_t
        var text: String
        /// It goes on trying, and repeats a reason every 30 seconds: what is older than this is over.
        var end: MonotonicTime
        static let lifetime = Duration.seconds(60)
    }

    /// Set in `uses` once no new use is allowed.
    private static let closedBit = 1 << 62

    init(
        _ type: rd_kafka_type_t, _ builder: ConfigurationBuilder, events: Int32, receiver: any KafkaEventReceiver,
        logSink: (any LogSink)?
    ) throws {
        try builder.set("log.queue", "true")
        let common = RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_STATS
        rd_kafka_conf_set_events(builder.pointer, common | events)
        // The receiver is kept by this object, which outlives the client.
        rd_kafka_conf_set_opaque(builder.pointer, Unmanaged.passUnretained(receiver as AnyObject).toOpaque())
        let (client, text) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
            buffer[0] = 0
            let client = rd_kafka_new(type, builder.pointer, buffer.baseAddress, buffer.count)
            return (client, String(cString: buffer.baseAddress!))
        }
        guard let client else {
            throw KafkaError(.invalidConfiguration, "librdkafka refuses the configuration: \(text)")
        }
        builder.relinquish()
        raw = client
        name = String(cString: rd_kafka_name(client))
        mainQueue = rd_kafka_queue_get_main(client)
        self.receiver = receiver
        self.logSink = logSink
        rd_kafka_set_log_queue(client, mainQueue)
        do {
            // The source keeps this object until it is torn down.
            let source = try KafkaPoller.register { self.serve() }
            self.source.withLock { $0 = source }
            enableEvents(of: mainQueue, source)
            source.wakeup.signal()
        } catch {
            BlockingCall.start { [mainQueue = Unchecked(mainQueue), client = Unchecked(raw)] in
                rd_kafka_queue_destroy(mainQueue.value)
                rd_kafka_destroy(client.value)
            }
            throw error
        }
    }

    /// Has librdkafka's statistics recorded as metrics and shown to `handler`.
    func observeStatistics(
        as metrics: StatisticsMetrics, _ handler: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) {
        onStatistics.withLock {
            $0 = { json in
                metrics.record(json)
                handler?(json)
            }
        }
    }

    // MARK: Uses

    /// Begins a use of the client from outside. False once it is closed; then nothing is to be released.
    func acquire() -> Bool {
        if uses.add(1, ordering: .acquiringAndReleasing).oldValue & Self.closedBit == 0 { return true }
        release()
        return false
    }

    /// One more use, by who has one already.
    func retain() { uses.add(1, ordering: .relaxed) }

    func release() {
        let left = uses.subtract(1, ordering: .acquiringAndReleasing).newValue
        if left & ~Self.closedBit == 0 { tearDown() }
    }

    /// Allows no new use. What is in use stays until it is released.
    func close() { uses.bitwiseOr(Self.closedBit, ordering: .acquiringAndReleasing) }

    var isClosed: Bool { uses.load(ordering: .acquiring) & Self.closedBit != 0 }

    private func tearDown() {
        // A late `acquire` may count up and down again: once is enough.
        guard !isTornDown.exchange(true, ordering: .acquiringAndReleasing) else { return }
        disableEvents(of: mainQueue)
        let source = self.source.withLock { source in
            defer { source = nil }
            return source
        }
        source?.unregister {
            BlockingCall.start {
                self.drain()
                self.answerWhatCameLate()
                self.receiver.willDestroy()
                rd_kafka_queue_destroy(self.mainQueue)
                // After a fatal error a consumer cannot be closed, and without this would be waited for in vain.
                let isBroken = self.learnFatalError() != nil
                rd_kafka_destroy_flags(self.raw, isBroken ? RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE : 0)
                self.destroyed.resolve(())
            }
        }
    }

    /// A send that had passed the gate before the client was closed may have queued its message after the last flush: it
    /// gets its answer (`purged`) before the client goes. Blocks.
    private func answerWhatCameLate() {
        guard rd_kafka_type(raw) == RD_KAFKA_PRODUCER else { return }
        for _ in 0..<100 where rd_kafka_outq_len(raw) > 0 {
            rd_kafka_purge(raw, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
            drain(waiting: 100)
        }
    }

    // MARK: Commits

    /// Begins a commit, of what is stored when `list` is nil. The answer is an event in the main queue.
    func commit(_ list: PartitionList?, _ opaque: UnsafeMutableRawPointer) -> rd_kafka_resp_err_t {
        guard let list else { return rd_kafka_commit_queue(raw, nil, mainQueue, nil, opaque) }
        return list.withRaw { rd_kafka_commit_queue(raw, $0, mainQueue, nil, opaque) }
    }

    // MARK: Events

    /// librdkafka writes to the source's wake-up when the queue wakes up: once per period in which nobody polls it.
    func enableEvents(of queue: OpaquePointer, _ source: EventPoller.Source) {
        var one: UInt64 = 1
        rd_kafka_queue_io_event_enable(queue, source.wakeup.writeEnd, &one, 8)
    }

    func disableEvents(of queue: OpaquePointer) { rd_kafka_queue_io_event_enable(queue, -1, nil, 0) }

    /// The poller's turn: not endless, for other clients wait for the same thread.
    private func serve() {
        guard !drain(atMost: 10_000) else { return }
        // librdkafka tells of new events only once the queue was empty.
        source.withLock { $0 }?.wakeup.signal()
    }

    /// Handles what is in the main queue, for the first of which it waits that many milliseconds. False when there may be
    /// more than `limit` reports and events.
    @discardableResult
    private func drain(waiting milliseconds: Int32 = 0, atMost limit: Int = .max) -> Bool {
        defer { receiver.drained() }
        var handled = 0
        while handled < limit {
            guard let event = rd_kafka_queue_poll(mainQueue, handled == 0 ? milliseconds : 0) else { return true }
            var delivered = 0
            switch rd_kafka_event_type(event) {
            case RD_KAFKA_EVENT_DR:
                delivered = rd_kafka_event_message_count(event)
                receiver.deliveryReports(event, of: self)
            case RD_KAFKA_EVENT_OFFSET_COMMIT: receiver.offsetsCommitted(event, of: self)
            case RD_KAFKA_EVENT_LOG: log(event)
            case RD_KAFKA_EVENT_ERROR: error(event)
            case RD_KAFKA_EVENT_STATS: statistics(event)
            default: break
            }
            // librdkafka counts a message as queued until the event that reports it is destroyed.
            if delivered > 0 { receiver.roomWillBeMade() }
            rd_kafka_event_destroy(event)
            if delivered > 0 { receiver.roomMade(delivered) }
            handled += max(1, delivered)
        }
        return false
    }

    private func error(_ event: OpaquePointer) {
        let code = rd_kafka_event_error(event)
        let text = rd_kafka_event_error_string(event).map { ShownProperties.withoutSecrets(String(cString: $0)) } ?? ""
        let isFatal = rd_kafka_event_error_is_fatal(event) != 0
        if code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN { brokersDown.store(true, ordering: .releasing) }
        if isFatal { learnFatalError() }
        var advice = ""
        if KafkaError.Code(code) == .authentication {
            refusal.withLock { $0 = Refusal(code: code, text: text, end: .now.advanced(by: Refusal.lifetime)) }
            advice = KafkaError.Code.authentication.advice.map { ". \($0)" } ?? ""
        }
        log(isFatal ? .critical : .error, text + advice, [("error.type", kafkaErrorName(code))])
    }

    /// The error of a call. When nobody answered it, and brokers do not let this client in, that is the reason.
    func failure(_ code: rd_kafka_resp_err_t, _ doing: String) -> KafkaError {
        let error = KafkaError(code, doing)
        guard error.code == .timedOut || error.code == .brokersUnavailable,
            let refusal = refusal.withLock({ $0 }), refusal.end > .now
        else { return error }
        return KafkaError(refusal.code, doing, text: "a broker refused this client: \(refusal.text)")
    }

    private func statistics(_ event: OpaquePointer) {
        guard let onStatistics = onStatistics.withLock({ $0 }), let json = rd_kafka_event_stats(event) else { return }
        var length = 0
        while json[length] != 0 { length += 1 }
        onStatistics(UnsafeRawBufferPointer(start: json, count: length))
    }

    private func log(_ event: OpaquePointer) {
        guard let logSink else { return }
        var facility: UnsafePointer<CChar>?
        var text: UnsafePointer<CChar>?
        var severity: Int32 = 0
        guard rd_kafka_event_log(event, &facility, &text, &severity) == 0, let text else { return }
        let level = LogLevel(syslog: severity)
        guard level >= logSink.level else { return }
        log(
            level, ShownProperties.withoutSecrets(String(cString: text)),
            [("facility", facility.map { String(cString: $0) } ?? "")])
    }

    func log(_ level: LogLevel, _ message: @autoclosure () -> String, _ metadata: [(key: String, value: String)] = []) {
        guard let logSink, level >= logSink.level else { return }
        logSink.log(level, message(), metadata: [("client", name)] + metadata)
    }

    /// The error after which librdkafka does nothing for this client any more, once it was told of.
    var fatalError: KafkaError? { fatal.withLock { $0 } }

    /// librdkafka tells of a fatal error once, and only that there is one: asks for it, and remembers it.
    @discardableResult func learnFatalError() -> KafkaError? {
        fatal.withLock { fatal in
            if let fatal { return fatal }
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
                let code = rd_kafka_fatal_error(raw, text.baseAddress, text.count)
                guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
                fatal = KafkaError(
                    .fatal,
                    "\(kafkaErrorName(code)): \(String(cString: text.baseAddress!)). "
                        + "Shut this client down and make a new one", brokerCode: code.rawValue)
            }
            return fatal
        }
    }
}

/// Carries a C pointer into a closure that runs on another thread. Holds because librdkafka's handles may be used from
/// any thread, and each use of this type gives the handle away for good.
struct Unchecked<Value>: @unchecked Sendable {
    var value: Value
    init(_ value: Value) { self.value = value }
}

extension LogLevel {
    /// The level for a severity of syslog (RFC 5424): 0 emergency … 7 debug.
    init(syslog severity: Int32) {
        self =
            switch severity {
            case ...2: .critical
            case 3: .error
            case 4: .warning
            case 5: .notice
            case 6: .info
            default: .debug
            }
    }
}
