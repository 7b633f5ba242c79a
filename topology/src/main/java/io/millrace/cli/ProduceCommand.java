package io.millrace.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.catalog.Column;
import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.Table;
import io.millrace.catalog.UserError;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.sql.Pipeline;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace produce TOPIC --file FILE}: events, one JSON object a line, checked against the declared table. */
@Command(
        name = "produce",
        description = "Send events to an event topic, each checked against its declared table first.")
final class ProduceCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "TOPIC", description = "The topic, as tables.sql names it.")
    private String topic;

    @Option(
            names = "--file",
            required = true,
            paramLabel = "FILE",
            description = "The events, one JSON object a line; - is standard input.")
    private String file;

    @Option(
            names = "--pipeline",
            paramLabel = "DIR",
            description = "The pipeline's folder; default: the running stack's.")
    private Path folder;

    @Option(
            names = "--bootstrap-server",
            paramLabel = "HOST:PORT",
            description = "The brokers to send to; default: the running stack's.")
    private String brokers;

    @Override
    public Integer call() throws IOException {
        Path chosen =
                folder != null ? folder : RunningStack.orThrow().pipeline().orElse(Path.of("."));
        Table table = table(PlannedPipeline.readOrThrow(chosen).pipeline());
        String servers = brokers != null ? brokers : RunningStack.orThrow().kafka();
        AtomicReference<Exception> failure = new AtomicReference<>();
        long count = 0;
        try (BufferedReader lines = reader();
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        Map.of(
                                "bootstrap.servers",
                                servers,
                                "linger.ms",
                                5,
                                "delivery.timeout.ms",
                                30_000,
                                "request.timeout.ms",
                                10_000),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            String line;
            for (int number = 1; (line = lines.readLine()) != null; number++) {
                if (!line.isBlank()) {
                    check(table, line, number);
                    send(producer, line, failure);
                    count++;
                }
            }
        }
        if (failure.get() != null) {
            throw UserError.of(
                    UserError.Category.UNREACHABLE,
                    "events were not sent: " + failure.get().getMessage(),
                    "is the broker at " + servers + " running?");
        }
        spec.commandLine().getOut().println(count + (count == 1 ? " event" : " events") + " sent to " + topic);
        spec.commandLine().getOut().flush();
        return Millrace.OK;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // The callback sees the outcome, closing waits for it.
    private void send(KafkaProducer<byte[], byte[]> producer, String line, AtomicReference<Exception> failure) {
        producer.send(new ProducerRecord<>(topic, line.getBytes(StandardCharsets.UTF_8)), (sent, exception) -> {
            if (exception != null) {
                failure.compareAndSet(null, exception);
            }
        });
    }

    private BufferedReader reader() throws IOException {
        if (!file.equals("-") && !Files.isReadable(Path.of(file))) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "the file " + file + " cannot be read",
                    "--file names a file with one JSON object a line, or - for standard input");
        }
        return file.equals("-")
                ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                : Files.newBufferedReader(Path.of(file));
    }

    private Table table(Pipeline pipeline) {
        List<Table> events = pipeline.catalog().tables().values().stream()
                .filter(Table::appendOnly)
                .toList();
        return events.stream()
                .filter(table -> table.source().topic().equals(topic))
                .findFirst()
                .orElseThrow(() -> Names.unknown(
                        "event topic",
                        topic,
                        events.stream().map(table -> table.source().topic()).toList()));
    }

    private void check(Table table, String line, int number) {
        SourcePlace place = new SourcePlace(file, number, 1);
        JsonNode event;
        try {
            event = new ObjectMapper().readTree(line);
        } catch (JsonProcessingException e) {
            throw new UserError(
                    UserError.Category.USAGE,
                    place,
                    "not JSON: " + e.getOriginalMessage(),
                    "write one JSON object a line");
        }
        if (!event.isObject()) {
            throw new UserError(UserError.Category.USAGE, place, "not a JSON object", "write one JSON object a line");
        }
        for (Column column : table.columns()) {
            if (!column.nullable() && event.path(column.name()).isMissingNode()) {
                throw new UserError(
                        UserError.Category.USAGE,
                        place,
                        "\"" + column.name() + "\" is missing and may not be null",
                        null);
            }
        }
        for (Iterator<String> names = event.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (table.columnIndex(name) < 0) {
                throw new UserError(
                        UserError.Category.USAGE,
                        place,
                        "table " + table.name() + " has no column \"" + name + "\"",
                        "it has "
                                + String.join(
                                        ", ",
                                        table.columns().stream()
                                                .map(Column::name)
                                                .toList()));
            }
        }
    }
}
