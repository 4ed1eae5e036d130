import Testing

@testable import TracedKafka
