import TracingCore

extension SpanLimits {
    /// The section `attribute_limits`: limits of attributes on spans, events and links.
    mutating func read(attributeLimits value: FileValue) throws(ConfigurationFileMistake) {
        let mapping = try value.mapping(.attributeLimits)
        attributeValueLength = try mapping.integer("attribute_value_length_limit", atLeast: 0) ?? attributeValueLength
        if let count = try mapping.integer("attribute_count_limit", atLeast: 0) {
            (attributeCount, attributesPerEvent, attributesPerLink) = (count, count, count)
        }
    }

    /// The section `tracer_provider.limits`, which wins over `attribute_limits`.
    mutating func read(spanLimits value: FileValue) throws(ConfigurationFileMistake) {
        let mapping = try value.mapping(.spanLimits)
        func read(_ key: String, _ limit: inout Int) throws(ConfigurationFileMistake) {
            limit = try mapping.integer(key, atLeast: 0) ?? limit
        }
        attributeValueLength = try mapping.integer("attribute_value_length_limit", atLeast: 0) ?? attributeValueLength
        try read("attribute_count_limit", &attributeCount)
        try read("event_count_limit", &eventCount)
        try read("link_count_limit", &linkCount)
        try read("event_attribute_count_limit", &attributesPerEvent)
        try read("link_attribute_count_limit", &attributesPerLink)
    }
}
