import CLibrabbitmq
import SpanlinkRuntime
internal import TracingCore

/// The thread of a socket: the only one that touches rabbitmq-c's state. It sleeps in `poll` over the socket and the
/// wake-up channel, for at most half a heartbeat; with nothing to do and no heartbeat it sleeps on.
///
/// Made by the thread that runs it and never seen by another.
final class ConnectionLoop {
    let core: ConnectionCore
    let arena = Arena()
    /// The connection in use. Made by `connect`, destroyed by `disconnect`.
    var state: amqp_connection_state_t?
    /// Counts connections: deliveries of another are stale.
    var epoch: UInt64 = 0
    var channels: [ChannelID: ChannelIO] = [:]
    var byNumber: [UInt16: ChannelIO] = [:]
    /// Channels are open again, and what was declared is there: commands may go out.
    var isReady = false {
        didSet {
            guard isReady != oldValue else { return }
            readySince = isReady ? .now : nil
            core.setReady(isReady)
        }
    }
    private var readySince: MonotonicTime?
    /// The broker takes no messages.
    var isBlocked = false
    var heartbeat = HeartbeatWatch(seconds: 0, now: .now)
    /// Why the connection is of no more use; whoever sees it first says so.
    var loss: AMQPError?
    /// Since when there is no connection that was restored.
    private(set) var lostSince = MonotonicTime.now
    /// Commands in order of arrival, and publishes that are held back: by a blocked connection, or by the other socket.
    private var backlog = Deque<ConnectionCore.Waiting>()
    private var held = Deque<ConnectionCore.Waiting>()
    var unsentBytes = 0
    private var awaitsRoom = false
    var hasMoreInput = false
    /// `connection.close` went out.
    private var isClosing = false
    var isClosed = false

    init(_ core: ConnectionCore) { self.core = core }

    func run() {
        var attempts = ReconnectAttempts(core.configuration.reconnect)
        // A socket that publishes is made after a login has worked.
        var wasConnected = core.primary != nil
        while true {
            if core.closeDeadline != nil { return finish(.closed) }
            let failure: AMQPError
            var wasReady: Range<MonotonicTime>?
            core.putBack(takeAll())
            do {
                try connect()
                wasConnected = true
                restore()
                failure = pump() ?? .closed
                if let readySince {
                    lostSince = .now
                    wasReady = readySince..<lostSince
                }
                disconnect(failure)
                if isClosed { return finish(.closed) }
                core.log(.warning, "The connection was lost and is made again: \(failure.message)")
            } catch {
                failure = error
                disconnect(failure)
                if !wasConnected, !error.code.isWorthAnotherLogin { return finish(failure) }
                core.log(.warning, "No connection: \(failure.message)")
            }
            let delay = attempts.nextDelay(wasReady, random: .random(in: 0...1))
            guard pause(until: MonotonicTime.now.advanced(by: delay), failure) else { return finish(.closed) }
        }
    }

    private func finish(_ error: AMQPError) {
        core.end(error)
        for waiting in takeAll() { waiting.command.fail(error) }
    }

    /// Empties both queues. Publishes that are held back come first: they are older.
    private func takeAll() -> Deque<ConnectionCore.Waiting> {
        defer { (held, backlog) = ([], []) }
        held.append(contentsOf: backlog)
        return held
    }

    /// Waits for the next attempt. Whoever waits for too long is told why. False when it is to end instead.
    private func pause(until time: MonotonicTime, _ failure: AMQPError) -> Bool {
        while core.closeDeadline == nil {
            takeCommands()
            backlog.removeAll { $0.command.performWithoutConnection(on: self) }
            let expiry = min(
                expire(&held, since: lostSince, failure.message), expire(&backlog, since: lostSince, failure.message))
            guard MonotonicTime.now < time else { return true }
            var descriptor = pollfd(fd: core.wakeup.readEnd, events: Int16(POLLIN), revents: 0)
            _ = poll(&descriptor, 1, min(time, expiry).pollTimeout)
        }
        return false
    }

    /// Fails what has waited for a connection for as long as it may, from when there was none. When the next does.
    private func expire(
        _ waiting: inout Deque<ConnectionCore.Waiting>, since start: MonotonicTime, _ reason: String
    ) -> MonotonicTime {
        var next = MonotonicTime.never
        let now = MonotonicTime.now
        waiting.removeAll { waiting in
            guard waiting.command.survivesReconnect else {
                waiting.command.fail(Self.stale)
                return true
            }
            let limit = max(waiting.since, start).advanced(by: core.configuration.recoveryTimeout)
            if limit <= now {
                waiting.command.fail(AMQPError(.connectionFailed, "There is no connection: \(reason)"))
                return true
            }
            next = min(next, limit)
            return false
        }
        return next
    }

    func takeCommands() {
        core.wakeup.clear()
        backlog.append(contentsOf: core.takeInbox())
    }

    static let stale = AMQPError(
        .staleDelivery, "The connection that brought the delivery was lost. The broker delivers the message again")

    static let silent = AMQPError(.connectionLost, "The broker was silent for two heartbeats")

    // MARK: Connected

    /// Serves the connection until it is lost (why) or closed (nil).
    private func pump() -> AMQPError? {
        let state = self.state!
        var descriptors = [
            pollfd(fd: amqp_get_sockfd(state), events: Int16(POLLIN), revents: 0),
            pollfd(fd: core.wakeup.readEnd, events: Int16(POLLIN), revents: 0),
        ]
        var closeLimit = MonotonicTime.never
        // Commands that came while there was no connection, and frames that came with the login.
        var isSignalled = true
        var hasInput = true
        // rabbitmq-c sends our heartbeats when it is asked for frames.
        var nextHeartbeat = MonotonicTime.now
        while true {
            // Read first: whatever was handed over before is among the commands then.
            let closeDeadline = core.closeDeadline
            if isSignalled || closeDeadline != nil { takeCommands() }
            let waitsSince = core.waitsForPrimarySince
            let holdsPublishes = isBlocked || waitsSince != nil
            if isReady, loss == nil { performCommands(holdsPublishes: holdsPublishes) }
            if loss == nil, hasInput || hasBufferedInput || nextHeartbeat <= .now {
                readFrames()
                nextHeartbeat = heartbeat.wake(after: .now)
            }
            if isClosed { return nil }
            if let loss { return isClosing ? closed() : loss }
            // A frame may have made the connection ready, or let it go on.
            let releasesHeld = !held.isEmpty && !isBlocked && waitsSince == nil
            if isReady, !awaitsRoom, !isClosing, !backlog.isEmpty || releasesHeld { continue }

            var deadline = MonotonicTime.never
            if !isBlocked, let waitsSince {
                deadline = expire(&held, since: waitsSince, "what was declared is not back")
            }
            if isClosing {
                if closeLimit <= .now { return closed() }
                deadline = min(deadline, closeLimit)
            } else if let limit = closeDeadline {
                let isQuiet = isReady && backlog.isEmpty && held.isEmpty && byNumber.values.allSatisfy(\.isQuiet)
                if isQuiet || limit <= .now {
                    sendClose()
                    closeLimit = MonotonicTime.now.advanced(by: .seconds(2))
                    continue
                }
                deadline = min(deadline, limit)
            }
            deadline = min(deadline, nextHeartbeat)
            descriptors[0].events = Int16(awaitsRoom ? POLLIN | POLLOUT : POLLIN)
            descriptors[0].revents = 0
            descriptors[1].revents = 0
            _ = poll(&descriptors, 2, hasMoreInput ? 0 : deadline.pollTimeout)
            isSignalled = descriptors[1].revents != 0
            if descriptors[0].revents & Int16(POLLOUT) != 0 { awaitsRoom = false }
            hasInput = hasMoreInput || descriptors[0].revents & ~Int16(POLLOUT) != 0
            if hasInput {
                heartbeat.heard(at: .now)
            } else if heartbeat.isSilent(at: .now) {
                return Self.silent
            }
        }
    }

    private func closed() -> AMQPError? {
        isClosed = true
        return nil
    }

    private func sendClose() {
        isClosing = true
        var method = amqp_connection_close_t()
        method.reply_code = 200
        check(withUnsafeMutablePointer(to: &method) { amqp_send_method(state, 0, MethodID.connectionClose, $0) })
    }

    /// Sends what waits, for as long as the socket takes it without blocking and nothing is lost.
    private func performCommands(holdsPublishes: Bool) {
        if !holdsPublishes, !held.isEmpty {
            backlog.prepend(contentsOf: held)
            held = []
        }
        while !backlog.isEmpty, loss == nil, !isClosing {
            if unsentBytes >= Self.bytesBetweenLooks, !hasRoom() { return }
            guard let waiting = backlog.popFirst() else { return }
            if holdsPublishes, waiting.command.isPublish {
                held.append(waiting)
            } else {
                waiting.command.perform(on: self)
            }
        }
    }

    /// Whether the socket takes more without blocking.
    func hasRoom() -> Bool {
        var descriptor = pollfd(fd: amqp_get_sockfd(state), events: Int16(POLLOUT), revents: 0)
        awaitsRoom = poll(&descriptor, 1, 0) == 0
        if !awaitsRoom { unsentBytes = 0 }
        return !awaitsRoom
    }

    /// Whether rabbitmq-c has read more than it was asked for: publishing reads as well.
    private var hasBufferedInput: Bool { amqp_frames_enqueued(state) != 0 || amqp_data_in_buffer(state) != 0 }

    /// Reads every frame there is, up to a number that leaves commands their turn: afterwards neither the library nor TLS
    /// holds data that `poll` would not see.
    func readFrames() {
        var frame = amqp_frame_t()
        var zero = timeval()
        hasMoreInput = false
        for index in 0..<1_000 {
            let status = amqp_simple_wait_frame_noblock(state, &frame, &zero)
            if status == AMQP_STATUS_TIMEOUT.rawValue { return }
            if index == 0 { heartbeat.heard(at: .now) }
            guard check(status) else { return }
            do { try handle(frame) } catch { lose(error) }
            amqp_maybe_release_buffers_on_channel(state, frame.channel)
            if loss != nil || isClosed { return }
        }
        hasMoreInput = true
    }

    /// Notes the failure that a status means. True when there is none.
    @discardableResult
    func check(_ status: Int32) -> Bool {
        if status == AMQP_STATUS_OK.rawValue { return true }
        lose(AMQPError(.connectionLost, String(cString: amqp_error_string2(status))))
        return false
    }

    func lose(_ error: AMQPError) { if loss == nil { loss = error } }

    // MARK: Lost

    /// Ends what depended on the connection; publishes that wait for their first try stay.
    private func disconnect(_ error: AMQPError) {
        if let state { amqp_destroy_connection(state) }
        state = nil
        core.opened(nil)
        isReady = false
        isBlocked = false
        isClosing = false
        awaitsRoom = false
        hasMoreInput = false
        loss = nil
        // Also those that are being closed, which have no name any more.
        let open = byNumber.values.sorted { $0.number < $1.number }
        byNumber = [:]
        var again: [ConnectionCore.Waiting] = []
        for channel in open {
            let pending = channel.pending
            channel.pending = []
            channel.assembler = ContentAssembler()
            channel.ledger.reconnect(epoch: 0)
            channel.consumer?.queue.lostChannel()
            for pending in pending {
                pending.complete(
                    .failure(
                        AMQPError(
                            .connectionLost, "\(pending.request.doing): the connection was lost. \(error.message)")))
            }
            for (publish, returned) in channel.confirms.abandon() {
                if let returned {
                    publish.complete(returned)
                } else if core.configuration.resendsUnconfirmed, !isClosed, error.code != .closed {
                    again.append(ConnectionCore.Waiting(command: ResentPublish(publish), since: .now))
                } else {
                    publish.outcomeIsUnknown(error)
                }
            }
        }
        backlog.prepend(contentsOf: again)
        // Nothing is left to settle for an application that is gone.
        channels = channels.filter { !$0.value.closesWhenSettled }
    }
}
