/// What is measured.
enum Measured: CaseIterable {
    case publishBatches, publishBatchesSampled, publishFromTasks, consumeBatches, consumeOneByOne

    var name: String {
        switch self {
        case .publishBatches: "batches of 1000, no tracer"
        case .publishBatchesSampled: "batches of 1000, sampled"
        case .publishFromTasks: "64 tasks publish, sampled"
        case .consumeBatches: "batches of 500, linked"
        case .consumeOneByOne: "one by one, process spans"
        }
    }

    var consumes: Bool { self == .consumeBatches || self == .consumeOneByOne }
}
