import Testing

@testable import TracedAMQP

struct TopologyTests {
    private func queue(_ name: String, exclusive: Bool = false) -> Request {
        .declareQueue(.init(name: name, exclusive: exclusive))
    }

    private func binding(_ queue: String, _ exchange: String) -> Request {
        .bindQueue(.init(destination: queue, source: exchange, routingKey: "k"))
    }

    @Test func whatIsDeclaredStaysInOrderAndOnce() {
        var topology = Topology()
        let exchange = Request.declareExchange(.init(name: "x", type: "fanout"))
        for request in [exchange, queue("q"), binding("q", "x"), binding("q", "x"), queue("q")] {
            topology.note(request, .done)
        }
        #expect(topology.requests == [exchange, queue("q"), binding("q", "x")])
        topology.note(.unbindQueue(.init(destination: "q", source: "x", routingKey: "k")), .done)
        topology.note(.deleteExchange("x", ifUnused: false), .done)
        #expect(topology.requests == [queue("q")])
        topology.note(.deleteQueue("q", ifUnused: false, ifEmpty: false), .count(0))
        #expect(topology.requests.isEmpty)
    }

    @Test func checksAndPullsAreNotDeclarations() {
        var topology = Topology()
        topology.note(.declareQueue(.init(name: "q", passive: true)), .done)
        topology.note(.purgeQueue("q"), .count(1))
        topology.note(.get(queue: "q"), .noMessage)
        #expect(topology.requests.isEmpty)
    }

    @Test func aQueueThatTheBrokerNamedIsMadeAnewUnderAnotherName() {
        var topology = Topology()
        topology.note(queue("", exclusive: true), .queue(name: "amq.gen-1", messageCount: 0, consumerCount: 0))
        topology.note(binding("amq.gen-1", "x"), .done)
        #expect(topology.isTemporary(queue: "amq.gen-1"))
        #expect(topology.renewal(of: topology.requests[0], isGone: false) == queue("", exclusive: true))
        topology.rename("amq.gen-1", to: "amq.gen-2")
        #expect(topology.requests == [queue("amq.gen-2", exclusive: true), binding("amq.gen-2", "x")])
        topology.rename("other", to: "another")
        #expect(topology.renewal(of: queue("mine"), isGone: true) == queue("mine"))
    }

    @Test func aQueueThatTheBrokerNamedAndThatStaysIsLookedForFirst() {
        var topology = Topology()
        topology.note(queue(""), .queue(name: "amq.gen-1", messageCount: 0, consumerCount: 0))
        let renewals = [false, true].map { topology.renewal(of: queue("amq.gen-1"), isGone: $0) }
        #expect(renewals == [.declareQueue(.init(name: "amq.gen-1", passive: true)), queue("")])
    }

    @Test func anotherConnectionDeclaresWhatIsNotBoundToThisOne() {
        var topology = Topology()
        let exchange = Request.declareExchange(.init(name: "x", type: "fanout"))
        let shared = [exchange, queue("q"), binding("q", "x"), binding("elsewhere", "x")]
        for request in shared + [queue("mine", exclusive: true), binding("mine", "x")] { topology.note(request, .done) }
        topology.note(queue(""), .queue(name: "amq.gen-1", messageCount: 0, consumerCount: 0))
        topology.note(binding("amq.gen-1", "x"), .done)
        #expect(topology.shareable == shared)
    }

    @Test func aQueueThatDeletesItselfIsForgottenWithItsConsumers() {
        var topology = Topology()
        let temporary = Request.declareQueue(.init(name: "t", autoDelete: true))
        let others = [queue("q"), binding("q", "x")]
        for request in [temporary, binding("t", "x")] + others { topology.note(request, .done) }
        #expect(topology.shareable == others)
        for name in ["q", "unknown"] { topology.lostConsumers(of: name) }
        #expect(topology.requests.count == 4)
        topology.lostConsumers(of: "t")
        #expect(topology.requests == others)
    }

    @Test func anExchangeThatDeletesItselfIsForgottenWithItsLastBinding() {
        func exchange(_ name: String) -> Request {
            .declareExchange(.init(name: name, type: "fanout", autoDelete: true))
        }
        let chain = Request.bindExchange(.init(destination: "y", source: "x", routingKey: ""))
        var topology = Topology()
        for request in [exchange("x"), exchange("y"), chain, binding("q", "y"), binding("p", "y")] {
            topology.note(request, .done)
        }
        topology.note(.unbindQueue(.init(destination: "q", source: "y", routingKey: "k")), .done)
        #expect(topology.requests == [exchange("x"), exchange("y"), chain, binding("p", "y")])
        // One takes the other with it.
        topology.note(.deleteQueue("p", ifUnused: false, ifEmpty: false), .count(0))
        #expect(topology.requests.isEmpty)
    }

    @Test func aBindingKnowsItsExchanges() {
        var topology = Topology()
        let exchanges = ["x", "y", "z"].map { Request.declareExchange(.init(name: $0, type: "fanout")) }
        for request in exchanges + [queue("q")] { topology.note(request, .done) }
        #expect(topology.exchanges(of: binding("q", "y")) == [exchanges[1]])
        #expect(
            topology.exchanges(of: .bindExchange(.init(destination: "z", source: "x", routingKey: "", arguments: [:])))
                == [exchanges[0], exchanges[2]])
        #expect(topology.exchanges(of: binding("q", "elsewhere")).isEmpty && topology.exchanges(of: queue("q")).isEmpty)
    }
}
