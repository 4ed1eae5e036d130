internal import TracingCore

/// The series that operations of one kind and outcome on one partition record into, without a lock.
final class OperationSeries: Sendable {
    let messages: BoundCounter?
    let duration: BoundHistogram
    let timeInQueue: BoundHistogram?

    init(messages: BoundCounter?, duration: BoundHistogram, timeInQueue: BoundHistogram?) {
        self.messages = messages
        self.duration = duration
        self.timeInQueue = timeInQueue
    }
}
