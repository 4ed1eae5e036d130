import Synchronization

/// A channel of a connection: declares, publishes, gets and consumes. Safe to use from any task and thread.
///
/// A broker closes a channel over some errors (`notFound`, `preconditionFailed`, …): from then on everything on it throws that
/// error, and another one has to be opened. A lost connection does not close it: it is there again with the next one.
public final class AMQPChannel: Sendable {
    /// The connection that it belongs to.
    public let connection: AMQPConnection
    let id: ChannelID
    private let isClosed = Atomic<Bool>(false)

    init(connection: AMQPConnection, id: ChannelID) {
        self.connection = connection
        self.id = id
    }

    var core: ConnectionCore { connection.core }

    deinit {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        core.submit(RemoteCall(.closeChannel, on: id) { _ in })
    }

    /// Closes the channel. What came by ``get(queue:)`` and was not settled goes back to its queue. A further call does
    /// nothing.
    public nonisolated(nonsending) func close() async {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        // With the connection the channel is gone as well.
        _ = try? await core.call(.closeChannel, on: id)
    }
}
