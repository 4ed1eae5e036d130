/// Where messages are sent to or come from, as the conventions name it.
public struct MessageDestination: Sendable, Hashable {
    /// The topic, queue or exchange within the broker.
    public var name: String
    /// The pattern of the name where names themselves are many (`/customers/{customerId}`).
    public var template: String?
    /// Whether it goes away with who made it. Its name stays out of span names and metrics.
    public var isTemporary: Bool
    /// Whether the broker chose its name. The name stays out of span names and metrics.
    public var isAnonymous: Bool

    /// A destination.
    public init(_ name: String, template: String? = nil, isTemporary: Bool = false, isAnonymous: Bool = false) {
        self.name = name
        self.template = template
        self.isTemporary = isTemporary
        self.isAnonymous = isAnonymous
    }

    /// What a span name says of it: the template, or a name that is known to be one of few.
    var lowCardinalityName: String? { template ?? (isTemporary || isAnonymous ? nil : name) }
}
