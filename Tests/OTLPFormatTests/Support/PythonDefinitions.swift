import TestSupport

extension Python {
    /// Whether OpenTelemetry's own definitions can be imported.
    static let hasDefinitions = (try? run("check_protobuf.py", ["probe"]))?.exit == .status(0)
    static let definitionsAbsence =
        "no Python with opentelemetry-proto: pip install it in a venv and name its python in SPANLINK_PYTHON"
}
