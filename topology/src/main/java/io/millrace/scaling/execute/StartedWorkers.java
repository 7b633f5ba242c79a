package io.millrace.scaling.execute;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workers that a process executor has started in a folder, whoever ran it. They live on when it ends; this is for who wants them
 * to end, as well, and has closed it.
 */
public final class StartedWorkers {
    private static final Logger LOG = LoggerFactory.getLogger(StartedWorkers.class);
    private static final long LOOK_MS = 20;
    /** What is killed is gone within this time. */
    private static final Duration KILLED = Duration.ofSeconds(10);

    private final Path directory;
    /** All that were found, with what they have started. */
    private final Set<ProcessHandle> known = new LinkedHashSet<>();
    /** Those of them that have a place. */
    private final Set<ProcessHandle> workers = new LinkedHashSet<>();

    private StartedWorkers(Path directory) {
        this.directory = directory;
    }

    /**
     * Ends all of them, with what they have started. An executor that works in the folder later starts as many again.
     *
     * @param grace how long an executor has to stop, and how long the workers have before they are killed
     */
    public static void end(Path directory, Duration grace) throws IOException, InterruptedException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        // Else whoever has the folder would start them again.
        try (FileChannel channel = FileChannel.open(
                directory.resolve(ProcessExecutor.LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            if (!isLocked(channel, grace)) {
                LOG.warn("an executor still works in {}, and may start the workers that are ended again", directory);
            }
            new StartedWorkers(directory).end(grace);
        }
    }

    private static boolean isLocked(FileChannel channel, Duration patience) throws IOException, InterruptedException {
        long startNanos = System.nanoTime();
        while (!tryLock(channel)) {
            if (System.nanoTime() - startNanos > patience.toNanos()) {
                return false;
            }
            Thread.sleep(LOOK_MS);
        }
        return true;
    }

    /** The lock is held until the channel is closed. */
    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private void end(Duration grace) throws IOException, InterruptedException {
        long startNanos = System.nanoTime();
        // What none of them was left to start before it was looked for is all that there is.
        for (boolean ran = true, found = true; ran || found; ) {
            ran = known.stream().anyMatch(StartedWorkers::runs);
            found = find();
            long passedNanos = System.nanoTime() - startNanos;
            if (passedNanos > grace.plus(KILLED).toNanos()) {
                LOG.warn("workers of {} live on, though they were killed", directory);
                return;
            }
            if (passedNanos > grace.toNanos()) {
                known.stream().filter(StartedWorkers::runs).forEach(ProcessHandle::destroyForcibly);
            }
            if (ran || found) {
                Thread.sleep(LOOK_MS);
            }
        }
    }

    private static boolean runs(ProcessHandle process) {
        return process.isAlive() && !WorkerProcess.isZombie(process);
    }

    /** Tells those to end that are not known yet, and lets none begin; whether there were any, or one may be about to live. */
    private boolean find() throws IOException {
        boolean starting = false;
        for (Path service : files(directory, "*")) {
            for (int number : Files.isDirectory(service) ? numbers(service) : Set.<Integer>of()) {
                WorkerProcess worker = new WorkerProcess(service, number);
                worker.occupy();
                starting |= worker.isStarting();
                worker.alive().ifPresent(workers::add);
            }
        }
        List<ProcessHandle> unknown =
                WorkerProcess.families(workers).filter(known::add).toList();
        unknown.forEach(ProcessHandle::destroy);
        return starting || !unknown.isEmpty();
    }

    /** The places that there are, and those that there are to be. */
    private static Set<Integer> numbers(Path service) throws IOException {
        Set<Integer> numbers = new TreeSet<>();
        for (Path file : files(service, "*.pid")) {
            String number = file.getFileName().toString().replace(".pid", "");
            if (number.matches("\\d{1,6}")) {
                numbers.add(Integer.valueOf(number));
            }
        }
        Path wanted = service.resolve(ProcessExecutor.WANTED);
        String text = Files.exists(wanted) ? Files.readString(wanted).strip() : "";
        for (int number = text.matches("\\d{1,6}") ? Integer.parseInt(text) : 0; number > 0; number--) {
            numbers.add(number);
        }
        return numbers;
    }

    private static List<Path> files(Path directory, String pattern) throws IOException {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, pattern)) {
                files.forEach(found::add);
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            }
        }
        return found;
    }
}
