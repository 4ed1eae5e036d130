import SpanlinkRuntime
import TracingCore

/// A program for tests that send it signals: it says what becomes of its parts, a line each.
struct Part: LifecycleComponent {
    let name: String
    let hangs: Bool
    let stopped = Promise<Void>()

    func run() async throws {
        await runUntilShutdown {
            say("\(name) runs")
            _ = await stopped.value()
        }
    }

    func beginShutdown() { if !hangs { stopped.resolve(()) } }

    func shutdown(timeout: Duration) async {
        say("\(name) stops")
        beginShutdown()
        _ = await stopped.value(by: .now + timeout)
    }
}

func say(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = write(1, line, line.count)
}

let hangs = CommandLine.arguments.contains("hang")
try await runUntilTerminated(
    Part(name: "first", hangs: false), Part(name: "second", hangs: hangs), shutdownTimeout: .seconds(600))
say("done")
