package io.millrace.connectors.replica;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.schemas.AvroConverter;
import io.millrace.schemas.EncodedStruct;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;

/** Has records as Connect hands them over with the converter that a pipeline's sinks have: they were bytes of Avro. */
final class EncodedRecords {
    private static final EncodedRecords INSTANCE = new EncodedRecords();

    private final AvroConverter keys = new AvroConverter();
    private final AvroConverter values = new AvroConverter();
    private int schemas;

    private EncodedRecords() {
        try {
            HttpServer registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            registry.createContext("/", this::register);
            registry.start();
            Map<String, String> properties = Map.of(
                    "schema.registry.url",
                    "http://127.0.0.1:" + registry.getAddress().getPort());
            keys.configure(properties, true);
            values.configure(properties, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A new id for each schema. */
    private synchronized void register(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] answer = ("{\"id\":" + ++schemas + "}").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    /** The record as it comes out of its bytes. */
    static SinkRecord of(SinkRecord record) {
        SchemaAndValue key = INSTANCE.coded(INSTANCE.keys, record.topic(), record.keySchema(), record.key());
        SchemaAndValue value = INSTANCE.coded(INSTANCE.values, record.topic(), record.valueSchema(), record.value());
        return record.newRecord(
                record.topic(),
                record.kafkaPartition(),
                key.schema(),
                key.value(),
                value.schema(),
                value.value(),
                record.timestamp(),
                record.headers());
    }

    private SchemaAndValue coded(AvroConverter converter, String topic, Schema schema, Object value) {
        SchemaAndValue coded = converter.toConnectData(topic, converter.fromConnectData(topic, schema, value));
        // Else the tests would be of another converter's records.
        assertThat(coded.value() instanceof EncodedStruct).isEqualTo(value instanceof Struct);
        return coded;
    }
}
