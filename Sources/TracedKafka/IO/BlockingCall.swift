import SpanlinkRuntime
import TracingCore

/// Calls of librdkafka that block (`rd_kafka_flush`, `rd_kafka_destroy`, …), each on a short-lived thread of its own:
/// neither a cooperative thread nor the poller waits for a broker.
enum BlockingCall {
    /// Runs `body` on a thread of its own and suspends until it is done. Does not notice cancellation.
    nonisolated(nonsending) static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            start { continuation.resume(returning: body()) }
        }
    }

    /// Runs `body` on a thread of its own. Should no thread be had, it runs here.
    static func start(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(run: body))
        if !startThread(
            named: "spanlink-call", box.toOpaque(),
            { raw in
                Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run()
            })
        {
            box.takeRetainedValue().run()
        }
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }
}

/// Starts a detached thread. Signals stay with the application's own threads.
func startThread(
    named name: StaticString, _ argument: UnsafeMutableRawPointer,
    _ body: @convention(c) (UnsafeMutableRawPointer) -> Void
) -> Bool {
    final class Start {
        let name: StaticString
        let argument: UnsafeMutableRawPointer
        let body: @convention(c) (UnsafeMutableRawPointer) -> Void
        init(
            _ name: StaticString, _ argument: UnsafeMutableRawPointer,
            _ body: @escaping @convention(c) (UnsafeMutableRawPointer) -> Void
        ) {
            self.name = name
            self.argument = argument
            self.body = body
        }
    }
    func main(_ raw: UnsafeMutableRawPointer) {
        let start = Unmanaged<Start>.fromOpaque(raw).takeRetainedValue()
        nameCurrentThread("\(start.name)")
        start.body(start.argument)
    }

    let start = Unmanaged.passRetained(Start(name, argument, body))
    var blocked = sigset_t()
    var before = sigset_t()
    sigfillset(&blocked)
    pthread_sigmask(SIG_SETMASK, &blocked, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    #if canImport(Darwin)
    var thread: pthread_t?
    let failed = pthread_create(
        &thread, nil,
        { raw in
            main(raw); return nil
        }, start.toOpaque())
    if failed == 0, let thread { pthread_detach(thread) }
    #else
    var thread = pthread_t()
    let failed = pthread_create(
        &thread, nil,
        { raw in
            main(raw!); return nil
        }, start.toOpaque())
    if failed == 0 { pthread_detach(thread) }
    #endif
    if failed != 0 { start.release() }
    return failed == 0
}
