package io.millrace.scaling.execute;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The workers that a process executor has started in a folder, whoever ran it. They live on when it ends; this is for who wants them
 * to end, as well, and has closed it.
 */
public final class StartedWorkers {
    private static final long LOOK_MS = 20;
    /** Told to end, and then killed, so often; one that was just about to start is met the second time. */
    private static final int ROUNDS = 2;

    private StartedWorkers() {}

    /**
     * Ends all of them, with what they have started. An executor that works in the folder later starts as many again.
     *
     * @param grace how long they have before they are killed
     */
    public static void end(Path directory, Duration grace) throws IOException, InterruptedException {
        for (int round = 0; round < ROUNDS; round++) {
            List<ProcessHandle> workers = alive(directory);
            workers.forEach(ProcessHandle::destroy);
            long startNanos = System.nanoTime();
            while (workers.stream().anyMatch(StartedWorkers::runs)
                    && System.nanoTime() - startNanos < grace.toNanos()) {
                Thread.sleep(LOOK_MS);
            }
            workers.stream().filter(StartedWorkers::runs).forEach(ProcessHandle::destroyForcibly);
        }
    }

    private static boolean runs(ProcessHandle process) {
        return process.isAlive() && !WorkerProcess.isZombie(process);
    }

    private static List<ProcessHandle> alive(Path directory) throws IOException {
        Set<ProcessHandle> alive = new LinkedHashSet<>();
        for (Path service : files(directory, "*")) {
            for (Path file : Files.isDirectory(service) ? files(service, "*.pid") : List.<Path>of()) {
                String number = file.getFileName().toString().replace(".pid", "");
                if (number.matches("\\d{1,6}")) {
                    new WorkerProcess(service, Integer.parseInt(number)).alive().ifPresent(worker -> Stream.concat(
                                    Stream.of(worker), worker.descendants())
                            .forEach(alive::add));
                }
            }
        }
        return new ArrayList<>(alive);
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
