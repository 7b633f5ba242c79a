package io.millrace.ops.bench;

import io.millrace.ops.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The properties of a measured Millrace: addresses, and the defaults of everything else. */
final class MillraceConfig {
    private MillraceConfig() {}

    /** Writes them into that folder; one partition and one thread, unless told otherwise. */
    static Path write(Path directory, Stack stack, String applicationId, Map<String, String> more) throws IOException {
        return write(
                directory,
                stack.broker().bootstrapServers(),
                stack.registry().url(),
                PhotosData.DATABASE,
                applicationId,
                more);
    }

    /** Writes them likewise, for a broker and a registry without databases. */
    static Path write(
            Path directory,
            String brokers,
            String registryUrl,
            String database,
            String applicationId,
            Map<String, String> more)
            throws IOException {
        Map<String, String> properties = new TreeMap<>();
        properties.put("application.id", applicationId);
        properties.put("database", database);
        properties.put("kafka.bootstrap.servers", brokers);
        properties.put("schema.registry.url", registryUrl);
        properties.put("state.dir", directory.resolve("state").toString());
        properties.put("http.port", "0");
        properties.put("partitions", "1");
        properties.put("threads", "1");
        properties.putAll(more);
        Path file = directory.resolve("millrace.properties");
        Files.writeString(
                file,
                properties.entrySet().stream()
                        .map(each -> each.getKey() + " = " + each.getValue() + "\n")
                        .collect(Collectors.joining()));
        return file;
    }
}
