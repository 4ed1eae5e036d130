/// Which library recorded a span or a measurement, and the schema its names follow.
///
/// A reference: the many spans of one library share it.
public final class InstrumentationScope: Sendable, Hashable {
    public let name: String
    public let version: String?
    public let schemaURL: String?
    public let attributes: Attributes

    public init(name: String, version: String? = nil, schemaURL: String? = nil, attributes: Attributes = [:]) {
        self.name = name
        self.version = version
        self.schemaURL = schemaURL
        self.attributes = attributes
    }

    public static func == (one: InstrumentationScope, other: InstrumentationScope) -> Bool {
        one === other
            || (one.name == other.name && one.version == other.version && one.schemaURL == other.schemaURL
                && one.attributes == other.attributes)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(version)
        hasher.combine(schemaURL)
    }
}
