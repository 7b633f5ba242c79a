package io.millrace.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.catalog.PipelineConfig;
import io.millrace.schemas.RegistryException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

/** Metrics in the schema registry's wire format. */
final class MetricsAvroTest {
    private static final Schema SCHEMA = new Schema.Parser().parse("""
            {"type": "record", "name": "Metric", "fields": [
              {"name": "service", "type": "string"},
              {"name": "instance", "type": ["null", "string"], "default": null},
              {"name": "name", "type": ["null", "string"], "default": null},
              {"name": "value", "type": ["null", "double"], "default": null},
              {"name": "values", "type": ["null", {"type": "map", "values": "double"}], "default": null},
              {"name": "control", "type": ["null", "string"], "default": null},
              {"name": "time", "type": ["null", {"type": "long", "logicalType": "timestamp-micros"}], "default": null}]}
            """);

    private final List<Integer> asked = new ArrayList<>();
    private final MetricsAvro avro = new MetricsAvro(id -> {
        asked.add(id);
        return id == 7 ? SCHEMA : null;
    });

    private static byte[] written(int id, GenericRecord record) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeByte(0);
        out.writeInt(id);
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<GenericRecord>(SCHEMA).write(record, encoder);
        encoder.flush();
        return bytes.toByteArray();
    }

    private static GenericRecord record(Map<String, Object> fields) {
        GenericRecord record = new GenericData.Record(SCHEMA);
        record.put("service", "web");
        fields.forEach(record::put);
        return record;
    }

    private Iterable<Sample> read(GenericRecord record) throws Exception {
        return MetricsJson.read(avro.toJson(written(7, record)), 5);
    }

    @Test
    void theFieldsAreThoseOfJson() throws Exception {
        assertThat(read(record(
                        Map.of("instance", "web-1", "name", "CPU", "value", 81.5, "time", 1_732_867_200_000_123L))))
                .containsExactly(new Sample("web", "web-1", "CPU", 81.5, 1_732_867_200_000L));
        assertThat(read(record(Map.of("values", Map.of("Requests", 80.0)))))
                .containsExactly(new Sample("web", "", "Requests", 80, 5));
        assertThat(read(record(Map.of("control", "pause")))).containsExactly(new Sample("web", "", Sample.PAUSE, 0, 5));
    }

    @Test
    void whereNobodyNamedARegistryNoneIsAsked() {
        PipelineConfig config =
                PipelineConfig.read("", "millrace.properties", "shop", Map.of()).config();
        assertThat(ScalingApplication.schemas(config).byId(7)).isNull();
        PipelineConfig named = PipelineConfig.read(
                        "schema.registry.url = http://127.0.0.1:1", "millrace.properties", "shop", Map.of())
                .config();
        assertThatThrownBy(() -> ScalingApplication.schemas(named).byId(7)).isInstanceOf(RegistryException.class);
    }

    @Test
    void whatCannotBeReadIsTold() throws Exception {
        byte[] good = written(7, record(Map.of("name", "CPU", "value", 1.0)));
        avro.toJson(good);
        assertThat(MetricsAvro.matches(good)).isTrue();
        assertThat(MetricsAvro.matches("{}".getBytes(StandardCharsets.UTF_8))).isFalse();
        assertThatThrownBy(() -> avro.toJson(written(8, record(Map.of()))))
                .hasMessageStartingWith("no schema of id 8 is known");
        assertThatThrownBy(() -> avro.toJson(written(8, record(Map.of()))))
                .hasMessageStartingWith("no schema of id 8 is known");
        assertThat(asked).as("it is not asked for again at once").containsExactly(7, 8);
        byte[] cut = Arrays.copyOf(good, good.length - 4);
        assertThatThrownBy(() -> avro.toJson(cut)).hasMessageContaining("is not what its schema says");
        assertThatThrownBy(() -> read(record(Map.of("name", "CPU", "value", Double.NaN))))
                .hasMessage("value is no number");
    }
}
