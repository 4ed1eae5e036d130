/// The parts that all spans of one operation on one destination share: name, attributes and scope.
///
/// Encoders keep name and attributes in encoded form, so that a span of this template copies them.
package final class SpanTemplate: Sendable {
    /// The name of the spans.
    package let name: String
    /// The attributes of the spans, in this order before all others.
    package let attributes: AttributeSet
    /// The library that records the spans.
    package let scope: InstrumentationScope
    /// Encoded forms of name and attributes.
    package let encodings = EncodingCache()

    package init(name: String, attributes: AttributeSet, scope: InstrumentationScope) {
        self.name = name
        self.attributes = attributes
        self.scope = scope
    }
}
