import TracingCore

/// Spans or metrics of one scope.
typealias ScopeItems<Item> = ExportGroup<InstrumentationScope, Item>

/// Spans or metrics of one resource, by scope.
struct ResourceItems<Item> {
    let resource: Resource
    let scopes: [ScopeItems<Item>]
}

/// Elements that have the key in common.
struct ExportGroup<Key, Element> {
    let key: Key
    var elements: [Element]
}

extension Sequence {
    /// The elements by key, in the order in which the keys first come.
    ///
    /// Neighbours mostly belong together, and there are few groups: comparing costs less than hashing all attributes of a
    /// resource for each span.
    func exportGroups<Key: Equatable>(by key: (Element) -> Key) -> [ExportGroup<Key, Element>] {
        var groups: [ExportGroup<Key, Element>] = []
        var current = 0
        for element in self {
            let key = key(element)
            if groups.isEmpty || groups[current].key != key {
                if let known = groups.firstIndex(where: { $0.key == key }) {
                    current = known
                } else {
                    current = groups.count
                    groups.append(ExportGroup(key: key, elements: []))
                }
            }
            groups[current].elements.append(element)
        }
        return groups
    }
}
