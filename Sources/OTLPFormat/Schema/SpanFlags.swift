import TracingCore

/// OTLP's `flags` of spans and links: the W3C flags, whether it is known that a context is remote (0x100), and whether it
/// is (0x200). Of a span they speak of its parent, of a link of its target.
enum SpanFlags {
    private static var isRemoteIsKnown: UInt32 { 0x100 }
    private static var isRemote: UInt32 { 0x200 }

    /// The flags of a span.
    @inline(__always)
    static func of(_ span: borrowing EndedSpan) -> UInt32 {
        flags(span.traceFlags, isRemote: span.isParentRemote)
    }

    /// The flags of a link to a context.
    @inline(__always)
    static func ofLink(to flags: TraceFlags, isRemote: Bool) -> UInt32 { Self.flags(flags, isRemote: isRemote) }

    @inline(__always)
    private static func flags(_ flags: TraceFlags, isRemote remote: Bool) -> UInt32 {
        UInt32(flags.rawValue) | isRemoteIsKnown | (remote ? isRemote : 0)
    }
}
