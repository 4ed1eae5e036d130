/// A field table: names and values in order. A name stands in it once, as AMQP wants it; a table that a broker sent may have
/// more, and keeps them.
public struct AMQPTable: Sendable, Hashable, RandomAccessCollection, ExpressibleByDictionaryLiteral {
    /// One field: at most 255 bytes of name (RabbitMQ takes 128 of a header exchange's), and a value.
    public typealias Element = (name: String, value: AMQPValue)

    private struct Field: Sendable, Hashable {
        var name: String
        var value: AMQPValue
    }

    private var fields: [Field]
    /// These headers were read from a consumed message: sending them on is forwarding, not authoring.
    var cameFromBroker = false

    /// No fields.
    public init() { fields = [] }

    /// Fields in order; of several with one name the last value counts.
    public init(_ elements: [(String, AMQPValue)]) {
        fields = []
        fields.reserveCapacity(elements.count)
        for (name, value) in elements { self[name] = value }
    }

    public init(dictionaryLiteral elements: (String, AMQPValue)...) { self.init(elements) }

    public var startIndex: Int { 0 }
    public var endIndex: Int { fields.count }
    public subscript(position: Int) -> Element { (fields[position].name, fields[position].value) }

    /// The value of that name. Of several the last, which the closest writer wrote. Setting replaces it where it stands, `nil`
    /// removes it.
    public subscript(name: String) -> AMQPValue? {
        get { fields.last { $0.name == name }?.value }
        set {
            guard let newValue else {
                fields.removeAll { $0.name == name }
                return
            }
            guard let index = fields.lastIndex(where: { $0.name == name }) else {
                fields.append(Field(name: name, value: newValue))
                return
            }
            fields[index].value = newValue
        }
    }

    /// Adds a field as it was read, whatever is there.
    mutating func append(name: String, value: AMQPValue) { fields.append(Field(name: name, value: value)) }

    mutating func reserveCapacity(_ count: Int) { fields.reserveCapacity(count) }

    /// How many bytes the table takes in a frame, its length included.
    var encodedSize: Int { fields.reduce(4) { $0 + 1 + $1.name.utf8.count + $1.value.encodedSize } }

    /// Two are equal when names and values are, in order; where they came from does not count.
    public static func == (one: AMQPTable, other: AMQPTable) -> Bool { one.fields == other.fields }

    public func hash(into hasher: inout Hasher) { hasher.combine(fields) }
}
