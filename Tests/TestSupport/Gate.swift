/// A door that tasks wait at until it is opened, and that says when the first has come.
public actor Gate {
    private var isOpen = false
    private var hasVisitor = false
    private var visitors: [CheckedContinuation<Void, Never>] = []
    private var watchers: [CheckedContinuation<Void, Never>] = []

    /// A closed door.
    public init() {}

    /// Waits until the door is open.
    public func pass() async {
        hasVisitor = true
        for watcher in watchers { watcher.resume() }
        watchers = []
        if !isOpen { await withCheckedContinuation { visitors.append($0) } }
    }

    /// Waits until somebody waits at the door.
    public func visited() async {
        if !hasVisitor { await withCheckedContinuation { watchers.append($0) } }
    }

    /// Lets everybody through, now and later.
    public func open() {
        isOpen = true
        for visitor in visitors { visitor.resume() }
        visitors = []
    }
}
