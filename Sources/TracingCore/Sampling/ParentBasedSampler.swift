extension Sampler {
    /// Does as the parent did; `root` decides for spans without a parent (OpenTelemetry trace SDK, "ParentBased").
    ///
    /// The four other samplers decide for a parent that came from elsewhere (remote) or from this process (local) and was
    /// sampled or not. Links play no part: for them put ``linkBased(_:whenNoneIsSampled:whenThereAreNone:)`` at the root.
    public static func parentBased(
        root: Sampler, remoteParentSampled: Sampler = .alwaysOn, remoteParentNotSampled: Sampler = .alwaysOff,
        localParentSampled: Sampler = .alwaysOn, localParentNotSampled: Sampler = .alwaysOff
    ) -> Sampler {
        Sampler(
            .parentBased(
                ParentBasedRule(
                    root: root, remoteParentSampled: remoteParentSampled,
                    remoteParentNotSampled: remoteParentNotSampled, localParentSampled: localParentSampled,
                    localParentNotSampled: localParentNotSampled)))
    }
}

struct ParentBasedRule: Sendable, CustomStringConvertible {
    let root: Sampler
    let remoteParentSampled: Sampler
    let remoteParentNotSampled: Sampler
    let localParentSampled: Sampler
    let localParentNotSampled: Sampler

    func delegate(for parent: SpanContext?) -> Sampler {
        guard let parent, parent.isValid else { return root }
        switch (parent.isRemote, parent.isSampled) {
        case (true, true): return remoteParentSampled
        case (true, false): return remoteParentNotSampled
        case (false, true): return localParentSampled
        case (false, false): return localParentNotSampled
        }
    }

    var description: String {
        "ParentBased{root:\(root),remoteParentSampled:\(remoteParentSampled),"
            + "remoteParentNotSampled:\(remoteParentNotSampled),localParentSampled:\(localParentSampled),"
            + "localParentNotSampled:\(localParentNotSampled)}"
    }
}
