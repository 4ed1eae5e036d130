import TestSupport

@testable import OTLPExporter

extension ScriptedSink {
    /// A configuration that loses no time between attempts, and has time for an answer.
    func configuration(_ change: (inout OTLPConfiguration) -> Void = { _ in }) -> OTLPConfiguration {
        var configuration = OTLPConfiguration(endpoint: endpoint)
        configuration.timeout = .seconds(60)
        configuration.retry.initialBackoff = .milliseconds(1)
        configuration.retry.maxBackoff = .milliseconds(2)
        configuration.certificateFile = certificateFile
        change(&configuration)
        return configuration
    }

    /// The same for a gRPC server.
    func grpcConfiguration(_ change: (inout OTLPConfiguration) -> Void = { _ in }) -> OTLPConfiguration {
        configuration {
            ($0.endpoint, $0.protocol) = (base, .grpc)
            change(&$0)
        }
    }
}
