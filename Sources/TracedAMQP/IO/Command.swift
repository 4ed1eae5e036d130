/// What a task asks of the connection's thread. Ends exactly once: by what the thread does with it, or by ``fail(_:)``.
protocol Command: AnyObject, Sendable {
    /// Whether it makes sense on another connection than the present one.
    var survivesReconnect: Bool { get }
    /// Whether it adds a message, which a blocked connection holds back.
    var isPublish: Bool { get }
    /// On the thread, while there is a connection.
    func perform(on loop: ConnectionLoop)
    /// On the thread, while there is none: does what needs none. False when it waits for one.
    func performWithoutConnection(on loop: ConnectionLoop) -> Bool
    /// It will not be done.
    func fail(_ error: AMQPError)
}

extension Command {
    func performWithoutConnection(on loop: ConnectionLoop) -> Bool { false }
}

/// A request on a channel, and who waits for its answer.
final class RemoteCall: Command {
    let channel: ChannelID
    let request: Request
    /// For a consumer: where its deliveries go.
    let consumer: ConsumerQueue?
    /// For a channel that is opened to publish over as well.
    let halves: ChannelHalves?
    private let completion: @Sendable (Result<Answer, AMQPError>) -> Void

    init(
        _ request: Request, on channel: ChannelID, consumer: ConsumerQueue? = nil, halves: ChannelHalves? = nil,
        completion: @escaping @Sendable (Result<Answer, AMQPError>) -> Void
    ) {
        self.channel = channel
        self.request = request
        self.consumer = consumer
        self.halves = halves
        self.completion = completion
    }

    var survivesReconnect: Bool { true }
    var isPublish: Bool { false }

    func perform(on loop: ConnectionLoop) { loop.call(self) }

    /// The broker has closed it already; it is not opened again.
    func performWithoutConnection(on loop: ConnectionLoop) -> Bool {
        guard case .closeChannel = request else { return false }
        loop.channels[channel] = nil
        complete(.success(.done))
        return true
    }

    func complete(_ result: Result<Answer, AMQPError>) { completion(result) }
    func fail(_ error: AMQPError) { completion(.failure(error)) }
}

/// Deliveries to settle.
final class SettleCall: Command {
    enum Verdict: Sendable, Hashable {
        case ack
        case nack(requeue: Bool)
        case reject(requeue: Bool)
    }

    let channel: ChannelID
    let tags: [UInt64]
    let epoch: UInt64
    let verdict: Verdict
    private let completion: @Sendable (AMQPError?) -> Void

    init(
        _ verdict: Verdict, _ tags: [UInt64], epoch: UInt64, on channel: ChannelID,
        completion: @escaping @Sendable (AMQPError?) -> Void
    ) {
        self.verdict = verdict
        self.tags = tags
        self.epoch = epoch
        self.channel = channel
        self.completion = completion
    }

    var survivesReconnect: Bool { false }
    var isPublish: Bool { false }

    func perform(on loop: ConnectionLoop) { completion(loop.settle(self)) }
    func fail(_ error: AMQPError) { completion(error) }
}

/// Ends a consumer: what its application has not seen goes back, what it holds may still be settled.
final class CancelConsumer: Command {
    let channel: ChannelID

    init(on channel: ChannelID) { self.channel = channel }

    var survivesReconnect: Bool { true }
    var isPublish: Bool { false }

    func perform(on loop: ConnectionLoop) { loop.cancelConsumer(on: channel) }

    /// There is no consumer, and none comes back.
    func performWithoutConnection(on loop: ConnectionLoop) -> Bool {
        let consumer = loop.channels.removeValue(forKey: channel)?.consumer
        if let consumer { loop.consumerEnded(on: consumer.consumption.queue) }
        return true
    }

    func fail(_ error: AMQPError) {}
}

/// Names one of our channels for as long as the process lives; the number on the wire is another with each connection.
struct ChannelID: Sendable, Hashable {
    let value: UInt64
}
