/// The version of this package, as instrumentation scopes and `telemetry.sdk.version` have it.
public enum SpanlinkVersion {
    /// The current version, by semantic versioning.
    public static let current = "0.1.0"
}
