internal import OTLPFormat
public import TracingCore

/// Spans as a request in protobuf.
public func encoded(_ spans: [SpanData]) -> [UInt8] {
    bytes { OTLPRequest.writeProtobuf(spans, into: $0) }
}

/// Metrics as a request in protobuf.
public func encoded(_ metrics: [MetricData], _ resource: Resource) -> [UInt8] {
    bytes { OTLPRequest.writeProtobuf(metrics, resource: resource, into: $0) }
}

/// Spans as a line of JSON.
public func encodedJSON(_ spans: [SpanData]) -> [UInt8] {
    bytes { OTLPRequest.writeJSONLine(spans, into: $0) }
}

/// Metrics as a line of JSON.
public func encodedJSON(_ metrics: [MetricData], _ resource: Resource) -> [UInt8] {
    bytes { OTLPRequest.writeJSONLine(metrics, resource: resource, into: $0) }
}

private func bytes(_ write: (UnsafeMutableRawBufferPointer) -> Int) -> [UInt8] {
    var buffer = RequestBuffer()
    buffer.write(write)
    return buffer.withBytes { Array($0) }
}
