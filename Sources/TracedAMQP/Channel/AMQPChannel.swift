/// A channel of a connection: declares, publishes, gets and consumes. Safe to use from any task and thread.
///
/// A broker closes a channel over some errors (`notFound`, `preconditionFailed`, …): from then on everything on it throws that
/// error, and another one has to be opened. That holds for all of it, although messages are published over a socket of their
/// own (``AMQPConnection/Configuration/separatesPublishing``); what was published before is still confirmed. A lost connection
/// does not close it: it is there again with the next one.
public final class AMQPChannel: Sendable {
    /// The connection that it belongs to.
    public let connection: AMQPConnection
    let halves: ChannelHalves

    init(connection: AMQPConnection, halves: ChannelHalves) {
        self.connection = connection
        self.halves = halves
    }

    var id: ChannelID { halves.id }
    var core: ConnectionCore { connection.core }

    deinit {
        for socket in halves.close() ?? [] { socket.submit(RemoteCall(.closeChannel, on: id) { _ in }) }
    }

    /// Closes the channel. What came by ``get(queue:)`` and was not settled goes back to its queue. A further call does
    /// nothing.
    public nonisolated(nonsending) func close() async {
        guard let sockets = halves.close() else { return }
        let id = self.id
        await withDiscardingTaskGroup { group in
            for socket in sockets {
                // With the connection the channel is gone as well.
                group.addTask { _ = try? await socket.call(.closeChannel, on: id) }
            }
        }
    }
}
