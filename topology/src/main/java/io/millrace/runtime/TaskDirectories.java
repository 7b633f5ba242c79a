package io.millrace.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folders in which Kafka Streams keeps a generation's stores: one a task, named by the number of its sub-topology. When a
 * generation loses views, the numbers of others change; their folders are renamed, so that no store is restored.
 */
final class TaskDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(TaskDirectories.class);
    private static final Pattern TASK = Pattern.compile("(?:moved-)?(\\d+)_(\\d+)");
    private static final String MOVED = "moved-";
    private static final String STORES = "rocksdb";

    private TaskDirectories() {}

    /** Puts an application's folders in the order of a topology. Nothing runs that uses them. */
    static void arrange(Path application, Topology topology) {
        if (!Files.isDirectory(application)) {
            return;
        }
        Map<String, Integer> numbers = numbers(topology);
        try {
            List<Path> moved = tasks(application).stream()
                    .filter(task -> move(task, numbers))
                    .toList();
            LOG.info("{} folders of tasks are kept in {}", moved.size(), application);
            // Under their own names only when all old ones are gone.
            for (Path task : tasks(application)) {
                String name = task.getFileName().toString();
                if (name.startsWith(MOVED)) {
                    Files.move(task, application.resolve(name.substring(MOVED.length())));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the folders in " + application + " cannot be renamed", e);
        }
    }

    /** Deletes a folder with all that is in it, if it is there. */
    static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be deleted", e);
        }
    }

    private static List<Path> tasks(Path application) throws IOException {
        try (Stream<Path> files = Files.list(application)) {
            return files.filter(
                            file -> TASK.matcher(file.getFileName().toString()).matches())
                    .toList();
        }
    }

    private static Map<String, Integer> numbers(Topology topology) {
        Map<String, Integer> numbers = new HashMap<>();
        for (TopologyDescription.Subtopology part : topology.describe().subtopologies()) {
            for (TopologyDescription.Node node : part.nodes()) {
                if (node instanceof TopologyDescription.Processor processor) {
                    processor.stores().forEach(store -> numbers.put(store, part.id()));
                }
            }
        }
        return numbers;
    }

    /** Renames a task's folder to where its stores are; returns false if none of them is wanted any more, and it is deleted. */
    private static boolean move(Path task, Map<String, Integer> numbers) {
        Matcher name = TASK.matcher(task.getFileName().toString());
        if (!name.matches()) {
            throw new IllegalArgumentException(task + " is no task's folder");
        }
        try {
            Integer number = null;
            Path stores = task.resolve(STORES);
            if (Files.isDirectory(stores)) {
                try (Stream<Path> each = Files.list(stores)) {
                    for (Path store : each.sorted().toList()) {
                        Integer of = numbers.get(store.getFileName().toString());
                        if (of == null || number != null && !number.equals(of)) {
                            // Not wanted, or of a task that has been parted from this one and restores it.
                            delete(store);
                        } else {
                            number = of;
                        }
                    }
                }
            }
            if (number == null) {
                delete(task);
                return false;
            }
            String after = MOVED + number + "_" + name.group(2);
            if (!after.equals(task.getFileName().toString())) {
                Files.move(task, task.resolveSibling(after));
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(task + " cannot be renamed", e);
        }
    }
}
