package io.millrace.schemas;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.avro.Schema;
import org.apache.kafka.clients.producer.Partitioner;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.PartitionInfo;

/**
 * A producer's partitioner that goes by what a key says and not by how it is wrapped: the wire header, which changes
 * when the key's schema gets a new id, does not count, nor does the trailing {@code __shard}. So a row stays in its
 * partition when its schema evolves and when it moves to another shard, and meets the rows that are exchanged by the same
 * key ({@link KeyPartition}).
 *
 * <p>A key that is not in the wire format is hashed whole. Records without a key, those of tables without a primary key, all
 * go to the partition of the producer's shard, in which they keep their order; where no shard is configured they are spread
 * at random. Configured by the producer's properties, as {@link RegistryClient} is; the registry is asked once for each
 * schema of keys.
 */
public final class PayloadPartitioner implements Partitioner {
    /** The property that names the shard whose rows the producer sends. */
    public static final String SHARD = "millrace.shard";

    /** By id, the fields before the shard; all fields where the key has none. Ids are few: one a table and version. */
    private final ConcurrentMap<Integer, List<Schema>> hashedFields = new ConcurrentHashMap<>();

    private RegistryClient registry;
    private String shard;

    @Override
    public void configure(Map<String, ?> configs) {
        registry = RegistryClient.of(configs);
        shard = (String) configs.get(SHARD);
    }

    @Override
    public int partition(String topic, Object key, byte[] keyBytes, Object value, byte[] valueBytes, Cluster cluster) {
        int partitions = cluster.partitionCountForTopic(topic);
        if (keyBytes == null && shard != null) {
            return KeyPartition.ofShard(shard, partitions);
        }
        if (keyBytes == null) {
            // Only a partition with a leader takes records; where none has one, any will do to wait for.
            List<PartitionInfo> available = cluster.availablePartitionsForTopic(topic);
            return available.isEmpty()
                    ? ThreadLocalRandom.current().nextInt(partitions)
                    : available
                            .get(ThreadLocalRandom.current().nextInt(available.size()))
                            .partition();
        }
        if (!WireFormat.matches(keyBytes)) {
            return KeyPartition.ofPayload(keyBytes, 0, keyBytes.length, partitions);
        }
        int end = endOf(keyBytes, hashedFields.computeIfAbsent(WireFormat.schemaId(keyBytes), this::fieldsOf));
        return KeyPartition.ofPayload(keyBytes, WireFormat.HEADER_BYTES, end - WireFormat.HEADER_BYTES, partitions);
    }

    @Override
    public void close() {}

    private List<Schema> fieldsOf(int id) {
        Schema schema = registry.schema(id);
        if (schema.getType() != Schema.Type.RECORD) {
            return List.of(schema);
        }
        List<Schema.Field> fields = schema.getFields();
        boolean sharded =
                !fields.isEmpty() && fields.get(fields.size() - 1).name().equals(ChangeEvents.SHARD_FIELD);
        return fields.subList(0, sharded ? fields.size() - 1 : fields.size()).stream()
                .map(Schema.Field::schema)
                .toList();
    }

    private static int endOf(byte[] key, List<Schema> fields) {
        PayloadCursor cursor = new PayloadCursor(key, WireFormat.HEADER_BYTES);
        for (Schema field : fields) {
            cursor.skip(field);
        }
        return cursor.position();
    }
}
