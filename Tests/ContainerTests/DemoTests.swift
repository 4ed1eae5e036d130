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
            return try await ChildProcess.output(of: command.path, ["demo"] + arguments)
        }

        @Test func fiveHundredLinksOfEachBrokerReachTheCollectorAndJaeger() async throws {
            let summary = try JSONDecoder().decode(
                Summary.self,
                from: try await demo(["--requests", "500", "--batch", "500", "--max-wait", "60", "--json"]))
            for consumer in ["settlement", "payout"] {
                let counts = try #require(summary.consumers[consumer])
                #expect(counts.links == 500 && counts.resolvedLinks == 500)
            }
            // Topic and queue have a name of this run, unless nobody else has it.
            try await check(consumer: "process ", of: "orders", producer: "send ")
            try await check(consumer: "process ", of: "settlements", producer: "create ")
        }

        /// A batch of 500 messages of a destination whose name ends so: its links, in the collector's file and in Jaeger.
        private func check(consumer: String, of destination: String, producer: String) async throws {
            let batch = try #require(
                try await Stack.spans(1) {
                    $0.kind == "CONSUMER" && $0.name.hasPrefix(consumer) && $0.name.hasSuffix(destination)
                        && $0.links.count == 500
                }.first)
            let name = producer + batch.name.dropFirst(consumer.count)
            let sent = try await Stack.spans(500) { $0.kind == "PRODUCER" && $0.name == name }
            let linked = Set(batch.links.map(\.spanID))
            #expect(linked == Set(sent.map(\.spanID)) && linked.count == 500)
            #expect(try await Stack.references(ofSpan: batch) == linked)
        }
    }
}
