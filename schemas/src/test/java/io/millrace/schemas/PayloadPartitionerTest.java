package io.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PayloadPartitionerTest {
    private static final int PARTITIONS = 8;
    private static final String TOPIC = "photos.likes";
    private static final Schema KEY = SchemaBuilder.record("Key")
            .fields()
            .requiredLong("id")
            .requiredString("name")
            .requiredString("__shard")
            .endRecord();

    private RegistryStub registry;
    private PayloadPartitioner partitioner;

    @BeforeEach
    void start() throws IOException {
        registry =
                new RegistryStub().answer(200, "{\"schema\":\"" + KEY.toString().replace("\"", "\\\"") + "\"}");
        partitioner = new PayloadPartitioner();
        partitioner.configure(Map.of("millrace.schema.registry.url", "http://" + registry.host()));
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    private int partition(byte[] key) {
        Node node = new Node(1, "localhost", 9092);
        List<PartitionInfo> infos = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            infos.add(new PartitionInfo(TOPIC, i, node, new Node[] {node}, new Node[] {node}));
        }
        Cluster cluster = new Cluster("c", List.of(node), infos, Set.of(), Set.of());
        return partitioner.partition(TOPIC, key, key, null, null, cluster);
    }

    private static byte[] key(int schemaId, long id, String name, String shard) throws IOException {
        GenericRecord record = new GenericRecordBuilder(KEY)
                .set("id", id)
                .set("name", name)
                .set("__shard", shard)
                .build();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] header = new byte[WireFormat.HEADER_BYTES];
        WireFormat.writeHeader(header, schemaId);
        out.writeBytes(header);
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        new GenericDatumWriter<GenericRecord>(KEY).write(record, encoder);
        encoder.flush();
        return out.toByteArray();
    }

    @Test
    void aKeyGoesWhereAnExchangeSendsItWhateverShardAndSchemaId() throws IOException {
        for (long id = -50; id < 50; id++) {
            int expected = new KeyPartition().addLong(id).addString("ü" + id).of(PARTITIONS);

            assertThat(partition(key(1, id, "ü" + id, "s1"))).isEqualTo(expected);
            assertThat(partition(key(77_000, id, "ü" + id, "another-shard"))).isEqualTo(expected);
        }
        assertThat(registry.requests).containsExactly("GET /schemas/ids/1", "GET /schemas/ids/77000");
    }

    @Test
    void aKeyInAnotherFormatIsHashedWhole() {
        byte[] key = {1, 2, 3};

        assertThat(partition(key)).isEqualTo(KeyPartition.ofPayload(key, 0, 3, PARTITIONS));
        assertThat(registry.requests).isEmpty();
    }

    @Test
    void recordsWithoutAKeyGoByTheShardThatIsConfigured() {
        for (String shard : List.of("s1", "s2", "shard-ü")) {
            partitioner.configure(
                    Map.of("millrace.schema.registry.url", "http://" + registry.host(), "millrace.shard", shard));
            Set<Integer> seen = new TreeSet<>();
            for (int i = 0; i < 100; i++) {
                seen.add(partition(null));
            }

            assertThat(seen).containsExactly(KeyPartition.ofShard(shard, PARTITIONS));
        }
    }

    @Test
    void recordsWithoutAKeyAreSpread() {
        Set<Integer> seen = new TreeSet<>();
        for (int i = 0; i < 1000; i++) {
            seen.add(partition(null));
        }

        assertThat(seen).hasSize(PARTITIONS);
    }
}
