import Foundation
import TestSupport
import Testing

extension StackTests {
    /// `docker compose run --rm demo`.
    @Suite struct DemoTests {
        private struct Summary: Decodable {
            struct Consumer: Decodable {
                var links: Int
                var resolvedLinks: Int
            }
            var consumers: [String: Consumer]
        }

        /// The demo as a service of the stack, or, inside it, the command beside the tests.
        private func demo(_ arguments: [String]) async throws -> Data {
            if Stack.isControllable { return try await Stack.control(["run", "--rm", "-T", "demo"] + arguments) }
            let command = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
                .appendingPathComponent("spanlink")
            return try await Command.run(command.path, ["demo"] + arguments)
        }

        @Test func fiveHundredLinksReachTheCollectorAndJaeger() async throws {
            let summary = try JSONDecoder().decode(
                Summary.self, from: try await demo(["--requests", "500", "--batch", "500", "--json"]))
            let settlement = try #require(summary.consumers["settlement"])
            #expect(settlement.links == 500 && settlement.resolvedLinks == 500)

            let isOrders = { (name: String) in name.hasPrefix("process spanlink-demo-") && name.hasSuffix("-orders") }
            let batch = try #require(
                try await Stack.spans(1) { $0.kind == "CONSUMER" && isOrders($0.name) && $0.links.count == 500 }.first)
            let topic = batch.name.dropFirst("process ".count)
            let sent = try await Stack.spans(500) { $0.kind == "PRODUCER" && $0.name == "send \(topic)" }
            let linked = Set(batch.links.map(\.spanID))
            #expect(linked == Set(sent.map(\.spanID)) && linked.count == 500)
            #expect(try await Stack.references(ofSpan: batch) == linked)
        }
    }
}
