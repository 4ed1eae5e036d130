/// What produces telemetry: a service, a process, a host (OpenTelemetry specification, "Resource SDK").
public struct Resource: Sendable, Hashable {
    public var attributes: Attributes
    /// The schema that the attributes follow, when they all follow one.
    public var schemaURL: String?

    public init(attributes: Attributes = [:], schemaURL: String? = nil) {
        self.attributes = attributes
        self.schemaURL = schemaURL
    }

    /// This resource with `other` on top: of a key that both have, `other`'s value counts.
    public func merging(_ other: Resource) -> Resource {
        var merged = self
        merged.attributes.merge(other.attributes)
        if let schema = other.schemaURL { merged.schemaURL = schemaURL == nil || schemaURL == schema ? schema : nil }
        return merged
    }
}

/// A resource that many spans share by reference.
package final class SharedResource: Sendable {
    package let value: Resource

    package init(_ value: Resource) { self.value = value }
}
