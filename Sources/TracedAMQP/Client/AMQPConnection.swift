public import MessagingTracing
import SpanlinkRuntime
public import TracingCore

/// A connection to an AMQP 0-9-1 broker such as RabbitMQ. Safe to use from any task and thread.
///
///     let amqp = try AMQPConnection(url: "amqps://user:secret@broker/vhost")
///     try await amqp.withChannel { channel in … }
///
/// It is made in the background and made again when it is lost; operations wait for it, up to
/// ``Configuration/recoveryTimeout``. What was declared over it comes back, and so do consumers. Messages are published over
/// a socket of their own (``Configuration/separatesPublishing``). Call ``shutdown(timeout:)`` when done; a connection that is
/// merely let go closes in the background.
public final class AMQPConnection: LifecycleComponent {
    let core: ConnectionCore
    let loops = ActiveLoops()
    private let ending = Promise<Void>()

    /// Connects in the background; an unreachable broker is no error here.
    ///
    /// - Parameters:
    ///   - configuration: which broker, as whom.
    ///   - tracing: where spans are recorded, if not where the process records its own.
    ///   - options: what can be chosen about spans.
    /// - Throws: ``AMQPError`` with `invalidConfiguration`.
    public init(
        configuration: Configuration, tracing: TracingBackend? = nil,
        options: MessagingTracingOptions = MessagingTracingOptions()
    ) throws {
        try configuration.check()
        let instrumentation = MessagingInstrumentation(
            system: .rabbitmq,
            client: MessagingInstrumentation.ClientFacts(
                serverAddress: configuration.host, serverPort: configuration.port),
            options: options, backend: tracing, library: "spanlink.amqp", version: SpanlinkVersion.current)
        core = try ConnectionCore(configuration, Destinations(instrumentation, configuration))
        try core.start()
    }

    /// Connects to the broker that an `amqp://` or `amqps://` URL names. See ``Configuration/init(url:)``.
    public convenience init(
        url: String, tracing: TracingBackend? = nil, options: MessagingTracingOptions = MessagingTracingOptions()
    ) throws {
        try self.init(configuration: Configuration(url: url), tracing: tracing, options: options)
    }

    deinit {
        let deadline = MonotonicTime.now.advanced(by: .seconds(10))
        for socket in core.sockets { socket.close(by: deadline) }
    }

    // MARK: Channels

    /// Opens a channel. Close it when done.
    ///
    /// - Throws: ``AMQPError``: `connectionFailed` when no connection could be made in time; what the broker said to the
    ///   login; `closed`.
    public nonisolated(nonsending) func openChannel() async throws -> AMQPChannel {
        let halves = ChannelHalves(core)
        do {
            try await core.call(.openChannel, on: halves.id, halves: halves)
        } catch {
            // It must not come back with the next connection.
            core.submit(RemoteCall(.closeChannel, on: halves.id) { _ in })
            throw error
        }
        return AMQPChannel(connection: self, halves: halves)
    }

    /// Opens a channel for as long as `body` runs, in the caller's isolation. Rethrows what `body` throws.
    public func withChannel<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: (AMQPChannel) async throws -> Result
    ) async throws -> Result {
        let channel = try await openChannel()
        do {
            let result = try await body(channel)
            await channel.close()
            return result
        } catch {
            await channel.close()
            throw error
        }
    }

    // MARK: Ending

    /// For services: waits for ``beginShutdown()`` or the task's cancellation. Nothing else needs `run()`.
    public nonisolated(nonsending) func run() async {
        await runUntilShutdown { _ = await ending.value() }
    }

    /// Takes no more messages to publish, and ends loops over deliveries once their handler returns. Publishes that are on
    /// their way are not touched. Ends ``run()``.
    public func beginShutdown() {
        core.beginShutdown()
        ending.resolve(())
    }

    /// Waits for handlers, then for the broker's answers to publishes, for as long as `timeout` allows, and closes the
    /// connection, which takes five seconds more at most. When it returns, every publish has ended; deliveries that were not
    /// settled go back to their queues.
    public nonisolated(nonsending) func shutdown(timeout: Duration = .seconds(30)) async {
        beginShutdown()
        let deadline = ContinuousClock.now.advanced(by: timeout)
        if await !loops.allLeft(by: deadline) {
            core.log(.warning, "Some handlers were still running when the time for the shutdown was over")
        }
        let sockets = core.sockets
        let limit = MonotonicTime.now.advanced(by: deadline.timeLeft)
        for socket in sockets {
            socket.close(by: limit)
            await socket.finished(by: deadline)
        }
        for socket in sockets {
            // What waits while the thread tries to connect.
            socket.end(.closed)
            await socket.finished(by: deadline.advanced(by: .seconds(4)))
            // What waits for a broker that reads no more, or does not answer to a login.
            socket.cut()
            await socket.finished(by: deadline.advanced(by: .seconds(5)))
        }
    }
}

extension ConnectionCore {
    /// Asks the broker for something and waits for its answer.
    @discardableResult
    nonisolated(nonsending) func call(
        _ request: Request, on channel: ChannelID, consumer: ConsumerQueue? = nil, halves: ChannelHalves? = nil
    ) async throws -> Answer {
        try request.check(maxFrameSize: maxFrameSize)
        // Resumed once: with the answer, or with why there is none.
        return try await withUnsafeContinuation {
            (continuation: UnsafeContinuation<Result<Answer, AMQPError>, Never>) in
            submit(
                RemoteCall(request, on: channel, consumer: consumer, halves: halves) {
                    continuation.resume(returning: $0)
                })
        }.get()
    }
}
