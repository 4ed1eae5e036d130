/// What was declared over a connection, in order: what has to be there again after the broker forgot it.
///
/// Everything that stays on a broker that restarts is declared again as well, which changes nothing.
struct Topology {
    private(set) var requests: [Request] = []
    /// Queues that the broker named: declared without a name, known under one.
    private var brokerNamed: Set<String> = []

    /// The broker did what was asked.
    mutating func note(_ request: Request, _ answer: Answer) {
        switch request {
        case .declareQueue(var queue):
            guard !queue.passive else { return }
            if case .queue(let name, _, _) = answer, queue.name.isEmpty {
                queue.name = name
                brokerNamed.insert(name)
            }
            // Where it stands already: before its bindings.
            let known = requests.firstIndex {
                if case .declareQueue(let other) = $0 { other.name == queue.name } else { false }
            }
            if let known { requests[known] = .declareQueue(queue) } else { requests.append(.declareQueue(queue)) }
        case .declareExchange(let exchange):
            guard !exchange.passive else { return }
            let known = requests.firstIndex {
                if case .declareExchange(let other) = $0 { other.name == exchange.name } else { false }
            }
            if let known { requests[known] = request } else { requests.append(request) }
        case .bindQueue, .bindExchange:
            if !requests.contains(request) { requests.append(request) }
        case .unbindQueue(let binding): forget { $0 == .bindQueue(binding) }
        case .unbindExchange(let binding): forget { $0 == .bindExchange(binding) }
        case .deleteQueue(let name, _, _): forgetQueue(name)
        case .deleteExchange(let name, _): forgetExchange(name)
        default: break
        }
    }

    /// None of our consumers is left on the queue. Where it deletes itself, the broker has forgotten it and its bindings.
    mutating func lostConsumers(of queue: String) {
        let deletesItself = requests.contains {
            if case .declareQueue(let declared) = $0 { declared.name == queue && declared.autoDelete } else { false }
        }
        if deletesItself { forgetQueue(queue) }
    }

    /// The request that makes it anew. A queue that the broker named gets another name, if it has not outlived the connection.
    ///
    /// - Parameter isGone: whether the broker has said that it is not there.
    func renewal(of request: Request, isGone: Bool) -> Request {
        guard case .declareQueue(var queue) = request, brokerNamed.contains(queue.name) else { return request }
        if queue.exclusive || isGone { queue.name = "" } else { queue.passive = true }
        return .declareQueue(queue)
    }

    /// A queue that the broker named goes by another name now.
    mutating func rename(_ old: String, to new: String) {
        guard brokerNamed.remove(old) != nil else { return }
        brokerNamed.insert(new)
        requests = requests.map { $0.renamingQueue(old, to: new) }
    }

    /// What another connection may declare as well: not the queues that are exclusive, that the broker named or that delete
    /// themselves, which only who consumes can tell to be gone, nor their bindings.
    var shareable: [Request] {
        var own = brokerNamed
        for case .declareQueue(let queue) in requests where queue.exclusive || queue.autoDelete {
            own.insert(queue.name)
        }
        return requests.filter {
            switch $0 {
            case .declareQueue(let queue): !own.contains(queue.name)
            case .bindQueue(let binding): !own.contains(binding.destination)
            default: true
            }
        }
    }

    /// How the exchanges of a binding were declared, as far as they were declared here.
    func exchanges(of binding: Request) -> [Request] {
        let names: Set<String> =
            switch binding {
            case .bindQueue(let binding): [binding.source]
            case .bindExchange(let binding): [binding.source, binding.destination]
            default: []
            }
        return requests.filter {
            if case .declareExchange(let exchange) = $0 { names.contains(exchange.name) } else { false }
        }
    }

    /// Whether the queue goes away by itself, as far as it was declared here.
    func isTemporary(queue name: String) -> Bool {
        requests.contains {
            if case .declareQueue(let queue) = $0 {
                queue.name == name && (queue.exclusive || queue.autoDelete)
            } else {
                false
            }
        }
    }

    private mutating func forgetQueue(_ name: String) {
        brokerNamed.remove(name)
        forget {
            switch $0 {
            case .declareQueue(let queue): queue.name == name
            case .bindQueue(let binding): binding.destination == name
            default: false
            }
        }
    }

    private mutating func forgetExchange(_ name: String) {
        forget {
            switch $0 {
            case .declareExchange(let exchange): exchange.name == name
            case .bindQueue(let binding): binding.source == name
            case .bindExchange(let binding): binding.source == name || binding.destination == name
            default: false
            }
        }
    }

    /// Forgets requests, and with the last binding of an exchange that deletes itself that exchange.
    private mutating func forget(where isGone: (Request) -> Bool) {
        let sources = Set(requests.filter(isGone).compactMap(\.binding?.source))
        requests.removeAll(where: isGone)
        let left = Set(requests.compactMap(\.binding?.source))
        for case .declareExchange(let exchange) in requests
        where exchange.autoDelete && sources.contains(exchange.name) && !left.contains(exchange.name) {
            forgetExchange(exchange.name)
        }
    }
}
