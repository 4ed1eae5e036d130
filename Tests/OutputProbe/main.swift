import SpanlinkRuntime
import SpanlinkTelemetry
import TracingCore

/// A program for tests whose standard output nobody reads: its environment says what goes there. How far it comes it says on
/// standard error.
func say(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = write(2, line, line.count)
}

let telemetry = try Telemetry(service: "probe")
// More than a pipe holds.
for _ in 0..<2_000 { telemetry.backend.startSpan("work", parent: .root).end() }
say("all spans have ended")
await telemetry.shutdown(timeout: .milliseconds(200))
try await telemetry.run()
say("telemetry has stopped")
