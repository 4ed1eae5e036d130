import Testing

/// What happens to a broker. Each has one of its own, and one after the other.
@Suite(.serialized, .timeLimit(.minutes(15)), .enabled(if: PrivateBroker.isInstalled, "\(PrivateBroker.absence)"))
enum FaultTests {}
