package io.millrace.ops.bench;

import io.millrace.ops.stack.Stack;
import io.millrace.ops.stack.StackOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** The stack and the properties of a pipeline that is measured as it is deployed: with its tables, and served with two threads. */
final class BenchStack {
    private static final String TABLES = "tables.sql";
    private static final String THREADS = "2";

    private BenchStack() {}

    /**
     * Starts databases with a pipeline's tables, their capture, a broker and Connect.
     *
     * @param pipeline its folder
     * @param directory takes the stack's files
     */
    static Stack start(Path pipeline, String database, int shards, int partitions, Path directory) throws Exception {
        return Stack.start(
                new StackOptions(
                        database,
                        shards,
                        Files.readString(pipeline.resolve(TABLES)),
                        null,
                        directory,
                        false,
                        partitions,
                        0),
                progress -> {});
    }

    /** Writes the properties into that folder; of those that are given twice {@code more} counts. */
    static Path configure(
            Path directory,
            Stack stack,
            String application,
            String database,
            int partitions,
            int port,
            Map<String, String> more)
            throws IOException {
        Map<String, String> all = new TreeMap<>(Map.of(
                "database",
                database,
                "partitions",
                Integer.toString(partitions),
                "threads",
                THREADS,
                "http.port",
                Integer.toString(port)));
        all.putAll(more);
        return MillraceConfig.write(Files.createDirectories(directory), stack, application, all);
    }
}
