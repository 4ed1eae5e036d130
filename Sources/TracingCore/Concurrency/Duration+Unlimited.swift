extension Duration {
    /// What stands for "no limit": some thirty years, far from any overflow of clocks.
    package static let unlimited = Duration.seconds(1_000_000_000)

    /// As a time-out of which zero is no limit.
    package var zeroAsUnlimited: Duration { self > .zero ? min(self, .unlimited) : .unlimited }
}
