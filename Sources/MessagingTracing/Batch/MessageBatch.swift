internal import TracingCore

/// Messages gathered by a rule of your own, from one consumer or from several, also of several brokers: a window, a join.
///
///     var window = MessageBatch()
///     window.append(kafkaMessage)
///     try await window.process("settle window") { … }
///     try await window.settle()
///
/// It keeps a packed link and what settles the message, not the message.
public struct MessageBatch: Sendable {
    private var links: MessageLinksBuilder?
    private var settlements: [ObjectIdentifier: Settlements] = [:]
    private var order: [ObjectIdentifier] = []

    private struct Settlements {
        let settler: any MessageSettler
        var messages: [SettlingMessage] = []
    }

    /// No messages.
    public init() {}

    /// How many messages there are.
    public private(set) var count = 0

    /// Whether there are none.
    public var isEmpty: Bool { count == 0 }

    /// Adds a message. The context it carried is read now; the message itself may go.
    public mutating func append(_ message: some SettleableMessage) {
        let instrumentation = message.channel.instrumentation
        if links == nil {
            links = MessageLinksBuilder(
                instrumentation, backend: instrumentation.backend(in: .current), capacity: 16)
        }
        links!.append(message)
        count += 1
        guard let (settler, settling) = message.settlement else { return }
        let key = ObjectIdentifier(settler)
        if settlements[key] == nil {
            settlements[key] = Settlements(settler: settler)
            order.append(key)
        }
        settlements[key]!.messages.append(settling)
    }

    /// Runs `handler` in one span that links to exactly these messages, the root of a trace of its own unless a span is
    /// active. Rethrows what the handler throws; nothing is settled then, and no commit passes these messages until
    /// handling them succeeds.
    ///
    /// - Parameter name: the span's name; `process` and the destination, if all have one, unless said.
    public func process<Result>(
        _ name: String? = nil, isolation: isolated (any Actor)? = #isolation, _ handler: () async throws -> Result
    ) async throws -> Result {
        guard let links = links?.build() else { return try await handler() }
        do {
            let result = try await links.instrumentation.startProcess(links, name: name, in: nil).run(
                isolation: isolation, handler)
            tellSettlers(isHandled: true)
            return result
        } catch {
            tellSettlers(isHandled: false)
            throw error
        }
    }

    private func tellSettlers(isHandled: Bool) {
        for settlements in settlements.values {
            settlements.settler.handling(of: settlements.messages, succeeded: isHandled)
        }
    }

    /// Settles all messages: commits or acknowledges them, each with the consumer it came from.
    ///
    /// - Throws: the first consumer's error; the others have been asked all the same.
    public func settle() async throws {
        var failure: (any Error)?
        for key in order {
            let settlements = settlements[key]!
            do { try await settlements.settler.settle(settlements.messages) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }
}

/// A message that can be settled later, apart from the batch it came in.
public protocol SettleableMessage: TracedMessage {
    /// What settles it; `nil` when nothing needs to.
    var settlement: (settler: any MessageSettler, message: SettlingMessage)? { get }
}

/// What a settler needs to know of a message.
public struct SettlingMessage: Sendable, Hashable {
    /// The topic or queue.
    public var destination: String
    /// The partition; negative for none.
    public var partition: Int32
    /// The offset or delivery tag.
    public var position: Int64
    /// The consumer's own mark of when it got the message: what it had then and gave up since is not settled.
    public var epoch: UInt64

    /// What settles a message.
    public init(destination: String, partition: Int32 = -1, position: Int64, epoch: UInt64 = 0) {
        self.destination = destination
        self.partition = partition
        self.position = position
        self.epoch = epoch
    }
}

/// Settles messages of one consumer: commits or acknowledges them.
public protocol MessageSettler: AnyObject, Sendable {
    /// Settles these messages, and says so in a span.
    func settle(_ messages: [SettlingMessage]) async throws
    /// A handler of these messages has returned or thrown. Where settling a message settles those before it, it must not
    /// pass these from a failure on until a success. Does nothing unless implemented.
    func handling(of messages: [SettlingMessage], succeeded: Bool)
}

extension MessageSettler {
    public func handling(of messages: [SettlingMessage], succeeded: Bool) {}
}
