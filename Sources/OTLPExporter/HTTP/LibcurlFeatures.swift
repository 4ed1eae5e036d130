import CLibcurl

/// The abilities of a libcurl.
struct LibcurlFeatures: Sendable {
    /// Such as `7.88.1`.
    var version: String
    /// Whether it was built with HTTP/2, which gRPC needs.
    var hasHTTP2: Bool
    /// The version as `0xMMmmpp`.
    var versionNumber: UInt32 = 0

    /// Whether a second request over a connection of unencrypted HTTP/2 works. In 7.87 and 7.88 it fails with a framing error
    /// (curl's issue 10634).
    var canReuseCleartextHTTP2: Bool { !(0x075700..<0x080000).contains(versionNumber) }

    /// Features of the library that the process has loaded.
    static let installed: LibcurlFeatures = {
        guard let info = spanlink_curl_version_info() else { return LibcurlFeatures(version: "", hasHTTP2: false) }
        return LibcurlFeatures(
            version: info.pointee.version.map { String(cString: $0) } ?? "",
            hasHTTP2: info.pointee.features & CURL_VERSION_HTTP2 != 0, versionNumber: info.pointee.version_num)
    }()

    /// - Throws: ``OTLPConfigurationError`` if the library lacks what the configuration needs.
    func check(_ configuration: OTLPConfiguration) throws(OTLPConfigurationError) {
        guard configuration.protocol == .grpc, !hasHTTP2 else { return }
        throw OTLPConfigurationError(
            code: .unsupportedByLibcurl,
            message: "libcurl \(version) has no HTTP/2, which OTLP over gRPC needs. Use the protocol http/protobuf "
                + "(OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf) with port 4318, or install a libcurl with HTTP/2")
    }
}
