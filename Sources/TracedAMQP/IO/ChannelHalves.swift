import SpanlinkRuntime

/// A channel of the application as both sockets have it: one half that declares and gets, and from the first publish on one
/// that publishes. When the broker closes a half over an error, the other one is closed with the same error.
final class ChannelHalves: Sendable {
    private struct State {
        var isClosed = false
        /// Why the broker closed it.
        var failure: AMQPError?
        /// What was published over so far.
        var publisher: ConnectionCore?
    }

    let id: ChannelID
    private let core: ConnectionCore
    private let state = Mutex(State())

    init(_ core: ConnectionCore) {
        self.core = core
        id = core.newChannelID()
    }

    /// The socket that messages go over.
    func publisher() throws(AMQPError) -> ConnectionCore {
        try state.withLock { state throws(AMQPError) in
            if let publisher = state.publisher { return publisher }
            if let refusal = Self.refusal(state) { throw refusal }
            let publisher = try core.publishingCore()
            state.publisher = publisher
            return publisher
        }
    }

    /// Why nothing more is done on it.
    var refusal: AMQPError? { state.withLock { Self.refusal($0) } }

    private static func refusal(_ state: State) -> AMQPError? {
        state.failure ?? (state.isClosed ? .closedChannel : nil)
    }

    /// The application closes it. The sockets that have a half; nil when it was closed before.
    func close() -> [ConnectionCore]? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            state.isClosed = true
            guard let publisher = state.publisher, publisher !== core else { return [core] }
            return [publisher, core]
        }
    }

    /// The broker closed the half on `socket`.
    func failed(_ error: AMQPError, on socket: ConnectionCore) {
        let other = state.withLock { state -> ConnectionCore? in
            guard state.failure == nil else { return nil }
            state.failure = error
            return socket === core ? state.publisher : core
        }
        if let other, other !== socket { other.submit(CloseHalf(id, because: error)) }
    }
}

/// The socket that messages go over, or why they go nowhere.
struct PublishingSocket {
    /// The one that consumes, when there is none.
    let core: ConnectionCore
    private let refusal: AMQPError?

    init(_ channel: ChannelHalves, orElse core: ConnectionCore) {
        do {
            (self.core, refusal) = (try channel.publisher(), nil)
        } catch {
            (self.core, refusal) = (core, error)
        }
    }

    /// Hands messages over, in order and together.
    func submit(_ calls: some Collection<PublishCall>) {
        guard let refusal else { return core.submit(calls) }
        for call in calls { call.fail(refusal) }
    }
}

/// The other half of a channel failed: nothing more is done on this one.
final class CloseHalf: Command {
    let channel: ChannelID
    let error: AMQPError

    init(_ channel: ChannelID, because error: AMQPError) {
        self.channel = channel
        self.error = error
    }

    var survivesReconnect: Bool { true }
    var isPublish: Bool { false }

    func perform(on loop: ConnectionLoop) { loop.closeHalf(channel, because: error) }

    /// It is not opened again.
    func performWithoutConnection(on loop: ConnectionLoop) -> Bool {
        loop.channels[channel]?.failure = error
        return true
    }

    func fail(_ error: AMQPError) {}
}

extension AMQPError {
    static let closedChannel = AMQPError(.closed, "The channel was closed; open another to go on")
}
