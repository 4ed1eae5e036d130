import Testing

/// What the stack of `docker/compose.yaml` shows, one test after the other: some take parts of it away.
@Suite(.serialized, .timeLimit(.minutes(4)), .enabled(if: Stack.isThere, Comment(rawValue: Stack.absence)))
enum StackTests {}
