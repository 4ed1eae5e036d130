/// The parts that all spans of one operation on one destination share: name, attributes and scope.
///
/// Encoders keep name and attributes in encoded form, so that a span of this template copies them.
public final class SpanTemplate: Sendable {
    /// The name of the spans.
    public let name: String
    /// The attributes of the spans, in this order before all others.
    public let attributes: AttributeSet
    /// The library that records the spans.
    public let scope: InstrumentationScope
    /// Unretained: `scope` holds it.
    let unmanagedScope: Unmanaged<InstrumentationScope>
    /// Encoded forms of name and attributes.
    package let encodings = EncodingCache()

    /// A template for spans of one operation.
    public init(name: String, attributes: AttributeSet, scope: InstrumentationScope) {
        self.name = name
        self.attributes = attributes
        self.scope = scope
        self.unmanagedScope = .passUnretained(scope)
    }
}
