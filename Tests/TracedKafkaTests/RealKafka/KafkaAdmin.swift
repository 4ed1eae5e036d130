import CLibrdkafka
import Foundation
import TracingCore

@testable import TracedKafka

/// What tests ask of a cluster beside sending and receiving, with librdkafka alone.
///
/// `@unchecked`: librdkafka's client may be used from any thread.
final class KafkaAdmin: @unchecked Sendable {
    private let client: OpaquePointer

    init(_ servers: [String]) throws {
        let configuration = rd_kafka_conf_new()
        rd_kafka_conf_set(configuration, "log_level", "0", nil, 0)
        rd_kafka_conf_set(configuration, "bootstrap.servers", servers.joined(separator: ","), nil, 0)
        guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, nil, 0) else {
            rd_kafka_conf_destroy(configuration)
            throw KafkaError(rd_kafka_last_error(), "An admin client")
        }
        self.client = client
    }

    deinit { rd_kafka_destroy(client) }

    /// Blocks until the cluster has it, and the broker that was asked tells others of it.
    func createTopic(_ name: String, partitions: Int, replicas: Int, _ configuration: [String: String] = [:]) throws {
        let queue = rd_kafka_queue_new(client)
        defer { rd_kafka_queue_destroy(queue) }
        var topic = rd_kafka_NewTopic_new(name, Int32(partitions), Int32(replicas), nil, 0)
        defer { rd_kafka_NewTopic_destroy(topic) }
        for (key, value) in configuration { rd_kafka_NewTopic_set_config(topic, key, value) }
        let options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS)
        defer { rd_kafka_AdminOptions_destroy(options) }
        // Until all brokers have it, within a minute.
        rd_kafka_AdminOptions_set_operation_timeout(options, 60_000, nil, 0)
        rd_kafka_AdminOptions_set_request_timeout(options, 120_000, nil, 0)
        rd_kafka_CreateTopics(client, &topic, 1, options, queue)
        let event = rd_kafka_queue_poll(queue, -1)
        defer { rd_kafka_event_destroy(event) }
        try check(rd_kafka_event_error(event), name)
        var count = 0
        let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
        for index in 0..<count { try check(rd_kafka_topic_result_error(results?[index]), name) }
        // What a broker answers is a moment behind.
        while try metadata(of: name, { $0.err != RD_KAFKA_RESP_ERR_NO_ERROR || $0.partition_cnt < partitions }) {
            usleep(10_000)
        }
    }

    private func metadata<Result>(of topic: String, _ read: (rd_kafka_metadata_topic) -> Result) throws -> Result {
        let handle = rd_kafka_topic_new(client, topic, nil)
        defer { rd_kafka_topic_destroy(handle) }
        var metadata: UnsafePointer<rd_kafka_metadata>?
        try check(rd_kafka_metadata(client, 0, handle, &metadata, 60_000), topic)
        defer { rd_kafka_metadata_destroy(metadata) }
        return read(metadata!.pointee.topics[0])
    }

    /// The broker that leads a partition. Blocks.
    func leader(of topic: String, partition: Int = 0) throws -> Int32 {
        try metadata(of: topic) { $0.partitions[partition].leader }
    }

    /// How many a group has, with those that want to join. Blocks.
    func memberCount(of group: String) throws -> Int {
        var list: UnsafePointer<rd_kafka_group_list>?
        try check(rd_kafka_list_groups(client, group, &list, 60_000), group)
        defer { rd_kafka_group_list_destroy(list) }
        guard let groups = list?.pointee, groups.group_cnt == 1 else { return 0 }
        return Int(groups.groups[0].member_cnt)
    }

    private func check(_ error: rd_kafka_resp_err_t, _ name: String) throws {
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(error, "Asking about \(name)") }
    }
}
