extension Sequence {
    /// The elements that belong together, in the order in which their keys first come: OTLP's messages nest by resource and
    /// scope.
    ///
    /// Neighbours mostly belong together, and there are few groups: comparing costs less than hashing all attributes of a
    /// resource for each span.
    @inlinable
    package func exportGroups<Key: Equatable>(by key: (Element) -> Key) -> [(key: Key, elements: [Element])] {
        var groups: [(key: Key, elements: [Element])] = []
        var current = 0
        for element in self {
            let key = key(element)
            if groups.isEmpty || groups[current].key != key {
                if let known = groups.firstIndex(where: { $0.key == key }) {
                    current = known
                } else {
                    current = groups.count
                    groups.append((key, []))
                }
            }
            groups[current].elements.append(element)
        }
        return groups
    }
}
