/// Puts a method that carries content together with its header and body frames (AMQP 0-9-1, section 4.2.6): the frames of
/// one channel come in that order, and those of other channels between them.
struct ContentAssembler<Method, Properties> {
    /// A method with all of its content.
    struct Content {
        var method: Method
        var properties: Properties
        var body: [UInt8]
    }

    private enum State {
        case idle
        case awaitingHeader(Method)
        case awaitingBody(missing: UInt64)
    }

    private var state = State.idle
    /// What is there so far while the body is awaited.
    private var content: Content?

    /// The most that is reserved on the word of a header: a body that is longer grows as it comes.
    static var largestReservation: UInt64 { 1 << 20 }

    /// Whether frames of a content are outstanding: no other method may come on the channel.
    var isIdle: Bool {
        if case .idle = state { true } else { false }
    }

    /// A method that announces content.
    mutating func method(_ method: Method) throws {
        guard isIdle else { throw Self.unexpected("a method") }
        state = .awaitingHeader(method)
    }

    /// A content header; returns the content when it has no body.
    mutating func header(_ properties: Properties, bodySize: UInt64) throws -> Content? {
        guard case .awaitingHeader(let method) = state else { throw Self.unexpected("a content header") }
        var content = Content(method: method, properties: properties, body: [])
        guard bodySize > 0 else {
            state = .idle
            return content
        }
        content.body.reserveCapacity(Int(min(bodySize, Self.largestReservation)))
        self.content = content
        state = .awaitingBody(missing: bodySize)
        return nil
    }

    /// A body frame; returns the content when it is the last.
    mutating func body(_ bytes: UnsafeRawBufferPointer) throws -> Content? {
        guard case .awaitingBody(let missing) = state else { throw Self.unexpected("a content body") }
        guard bytes.count <= missing else {
            throw AMQPError(.frameError, "The broker sent more bytes than it had announced")
        }
        content!.body.append(contentsOf: bytes)
        let left = missing - UInt64(bytes.count)
        guard left == 0 else {
            state = .awaitingBody(missing: left)
            return nil
        }
        state = .idle
        return content.take()
    }

    private static func unexpected(_ frame: String) -> AMQPError {
        AMQPError(.unexpectedFrame, "The broker sent \(frame) where another frame had to come")
    }
}

extension ContentAssembler.Content: Sendable where Method: Sendable, Properties: Sendable {}
