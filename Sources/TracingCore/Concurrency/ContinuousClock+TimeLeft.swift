extension ContinuousClock.Instant {
    /// How long it is until then; zero when that is over.
    package var timeLeft: Duration { max(.zero, ContinuousClock.now.duration(to: self)) }
}
