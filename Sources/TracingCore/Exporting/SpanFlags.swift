/// OTLP's `flags` of spans and links: the W3C flags, whether it is known that a context is remote (0x100), and whether it
/// is (0x200). Of a span they speak of its parent, of a link of its target.
package enum SpanFlags {
    private static let isRemoteIsKnown: UInt32 = 0x100
    private static let isRemote: UInt32 = 0x200

    /// The flags of a span.
    package static func of(_ span: SpanData) -> UInt32 {
        flags(span.context.traceFlags, isRemote: span.parent?.isRemote ?? false)
    }

    /// The flags of a link.
    package static func of(_ link: TraceSpan.Link) -> UInt32 {
        flags(link.context.traceFlags, isRemote: link.context.isRemote)
    }

    private static func flags(_ flags: TraceFlags, isRemote remote: Bool) -> UInt32 {
        UInt32(flags.rawValue) | isRemoteIsKnown | (remote ? isRemote : 0)
    }
}
