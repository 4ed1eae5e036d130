import Testing

/// What a real Kafka does, whichever it is: these run against the containers too.
@Suite(.timeLimit(.minutes(10)), .enabled(if: RealKafka.isThere, Comment(rawValue: RealKafka.absence)))
enum RealKafkaTests {}

/// What takes a Kafka of the tests' own: one that is locked, killed and paused.
@Suite(.timeLimit(.minutes(10)), .enabled(if: PrivateKafka.isThere, Comment(rawValue: PrivateKafka.absence)))
enum PrivateKafkaTests {}
