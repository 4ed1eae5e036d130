import SpanlinkRuntime

/// Notices a broker that is gone, and when the thread has to look (AMQP 0-9-1, section 4.2.7): two intervals of silence.
struct HeartbeatWatch {
    /// How long the other side may be silent; nil when nobody watches.
    let limit: Duration?
    /// After how long RabbitMQ notices that this side is gone: it looks once an interval, and gives up the second time that
    /// it finds nothing. A second is for its slowness.
    let noticeTime: Duration
    private let interval: Duration
    private var lastInput: MonotonicTime

    /// - Parameter seconds: the interval that both sides agreed on; zero for none.
    init(seconds: Int, now: MonotonicTime) {
        interval = .seconds(seconds)
        limit = seconds > 0 ? interval * 2 : nil
        noticeTime = seconds > 0 ? interval * 3 + .seconds(1) : .zero
        lastInput = now
    }

    /// Something came.
    mutating func heard(at now: MonotonicTime) { lastInput = now }

    /// Whether the other side has been silent for too long, when nothing is there to read.
    func isSilent(at now: MonotonicTime) -> Bool { now >= silenceEnd }

    /// When to look again: at the end of the silence, and before for a heartbeat of ours, which rabbitmq-c sends when it is
    /// called.
    func wake(after now: MonotonicTime) -> MonotonicTime {
        limit == nil ? .never : min(silenceEnd, now.advanced(by: interval / 2))
    }

    private var silenceEnd: MonotonicTime { limit.map { lastInput.advanced(by: $0) } ?? .never }
}
