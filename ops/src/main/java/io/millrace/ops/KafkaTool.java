package io.millrace.ops;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** {@code millrace kafka TOOL ...}: Kafka's own command-line tools, pointed at the running stack. */
public final class KafkaTool {
    private static final int USAGE = 2;

    private static final Map<String, String> TOOLS = new TreeMap<>(Map.of(
            "console-consumer", "org.apache.kafka.tools.consumer.ConsoleConsumer",
            "console-producer", "org.apache.kafka.tools.ConsoleProducer",
            "topics", "org.apache.kafka.tools.TopicCommand",
            "consumer-groups", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
            "configs", "org.apache.kafka.tools.ConfigCommand",
            "get-offsets", "org.apache.kafka.tools.GetOffsetShell",
            "delete-records", "org.apache.kafka.tools.DeleteRecordsCommand",
            "broker-api-versions", "org.apache.kafka.tools.BrokerApiVersionsCommand",
            "log-dirs", "org.apache.kafka.tools.LogDirsCommand",
            "transactions", "org.apache.kafka.tools.TransactionsCommand"));

    private KafkaTool() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0 || !TOOLS.containsKey(arguments[0])) {
            System.err.println("millrace: kafka takes a tool: " + String.join(", ", TOOLS.keySet()));
            System.exit(USAGE);
            return;
        }
        List<String> passed = new ArrayList<>(Arrays.asList(arguments).subList(1, arguments.length));
        if (!passed.contains("--bootstrap-server")) {
            Optional<String> brokers = runningBrokers();
            if (brokers.isPresent()) {
                passed.add(0, "--bootstrap-server");
                passed.add(1, brokers.get());
            }
        }
        try {
            // The tools are programs: their only way in is main.
            Class.forName(TOOLS.get(arguments[0]))
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) passed.toArray(String[]::new));
        } catch (InvocationTargetException e) {
            System.err.println(
                    "millrace: " + arguments[0] + " failed: " + e.getCause().getMessage());
            System.exit(1);
        }
    }

    private static Optional<String> runningBrokers() throws IOException {
        String home = System.getenv().getOrDefault("MILLRACE_HOME", ".");
        Path status = Path.of(System.getenv().getOrDefault("MILLRACE_STATUS_FILE", home + "/.millrace/dev.json"));
        if (!Files.exists(status)) {
            return Optional.empty();
        }
        return Optional.ofNullable(
                new ObjectMapper().readTree(status.toFile()).path("kafka").asText(null));
    }
}
