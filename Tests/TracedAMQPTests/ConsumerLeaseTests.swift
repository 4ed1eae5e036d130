import TestSupport
import Testing
import TracingCore

@testable import TracedAMQP

/// A consumer that never started holds nothing.
@Suite(.timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct ConsumerLeaseTests {
    /// The second is refused by what the broker says of frames, when its channel is open.
    @Test(arguments: [
        [String(repeating: "x", count: 256): 1], ["x": .string(String(repeating: "x", count: 200_000))] as AMQPTable,
    ])
    func invalidArgumentsLeaveNoChannel(arguments: AMQPTable) async throws {
        var configuration = try AMQPConnection.Configuration(url: Broker.url!)
        configuration.maxFrameSize = 1 << 20
        configuration.maxChannels = 1
        let connection = try AMQPConnection(configuration: configuration, tracing: .disabled)
        for _ in 0..<2 {
            let deliveries = AMQPDeliveries(
                connection: connection, queue: "q", prefetch: 1, exclusive: false, arguments: arguments)
            let error = await #expect(throws: AMQPError.self) { _ = try await deliveries.makeAsyncIterator().next() }
            #expect(error?.code == .invalidArgument)
        }
        try await eventually("no channel is left") {
            do { return try await connection.withChannel { _ in true } } catch let error as AMQPError {
                #expect(error.code == .notAllowed)
                return false
            }
        }
        await connection.shutdown()
    }
}
