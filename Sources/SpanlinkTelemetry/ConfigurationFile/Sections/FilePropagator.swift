import TracingCore

extension TextMapPropagator {
    /// The section `propagator`. Without entries no context is carried.
    init(_ value: FileValue) throws(ConfigurationFileMistake) {
        let mapping = try value.mapping(.propagator)
        var formats: Formats = []
        for element in try mapping.elements("composite") {
            let (name, settings) = try element.component(.propagatorFormat)
            _ = try settings.mapping(.empty)
            formats.formUnion(name == "baggage" ? .baggage : .traceContext)
        }
        if let list = mapping.notNull("composite_list") {
            var unknown: [String] = []
            let text = try list.string()
            let listed = TextMapPropagator(parsing: text, unknown: &unknown).formats
            guard unknown.isEmpty else {
                throw list.mistake("may contain tracecontext, baggage and none alone")
            }
            formats.formUnion(text.trimmingBlanks.isEmpty ? [] : listed)
        }
        self.init(formats)
    }
}
